"""What a reader of the tables and of the JSON is told."""

import asyncio
import json
from pathlib import Path

from benchmarks.peers.engine import DEFAULT, FREE
from benchmarks.peers.figures import figures
from benchmarks.peers.loads import all_loads
from benchmarks.peers.oracle import schedule
from benchmarks.peers.outcome import Outcome
from benchmarks.peers.run import as_json, main
from benchmarks.peers.side import kill
from benchmarks.peers.sides import SIDES
from benchmarks.peers.table import ORACLE, as_table
from services.embedded.process import spawn

DUE = [0.0, 1.0]


def _oracle(engine=DEFAULT):
    return figures(schedule(DUE, engine), len(DUE))


def _side(*seconds):
    return figures([Outcome(i, DUE[i], DUE[i] + wait, 1) for i, wait in enumerate(seconds)], len(DUE))


def test_repeats_show_as_least_and_most_and_a_loss_is_seen():
    table = as_table("70 %", {ORACLE: [_oracle(), _oracle()], "theirs": [_side(0.2, 0.2), _side(0.3)]})
    title, head, oracle, theirs = table.splitlines()
    assert title == "70 %"
    assert head.split()[0] == "side"
    assert "0 of 2" in oracle and "100" in oracle
    assert "200..300" in theirs and "2.00..3.00" in theirs and "0..1 of 2" in theirs


def test_a_free_engine_has_no_ratios():
    theirs = as_table("free", {ORACLE: [_oracle(FREE)], "theirs": [_side(0.2, 0.2)]}).splitlines()[-1]
    assert theirs.split()[-8:-4] == ["1.0", "–", "–", "–"]


def test_the_json_is_json_even_of_a_free_engine_and_names_what_was_left_out():
    runs = {"free": {ORACLE: [figures(schedule([0.0], FREE), 1)], "theirs": [_side()]}}
    written = json.loads(json.dumps(as_json(runs, 1, {"celery": "no redis-server"}), allow_nan=False))
    assert written["left_out"] == {"celery": "no redis-server"}
    assert [run["side"] for run in written["runs"]] == [ORACLE, "theirs"]
    assert written["runs"][0]["jobs_per_s"] is None and written["runs"][0]["of_oracle"] == {}
    assert written["runs"][1]["lost"] == 2
    assert written["versions"]["celery"]


def test_without_redis_celery_is_left_out_visibly_with_what_to_do(monkeypatch, tmp_path, capfd):
    monkeypatch.setenv("PATH", str(tmp_path))
    assert main(["--quick", "--sides", "celery"]) == 1
    said = capfd.readouterr().err
    assert "LEFT OUT: celery" in said and "apt install redis-server" in said


def test_a_side_is_only_for_loads_that_exist():
    for side in SIDES.values():
        assert (side.only or frozenset()) <= all_loads(quick=False).keys()


def test_steady_loads_last_at_least_twenty_seconds():
    for name in ("30 %", "70 %", "95 %"):
        assert all_loads(quick=False)[name].due(1)[-1] > 20


async def test_killing_a_worker_kills_what_it_started(tmp_path):
    log = tmp_path / "worker.log"
    worker = await spawn("worker", ["sh", "-c", "sleep 60 & echo $!; wait"], log)
    while not (started := log.read_text().strip()):
        assert worker.process.returncode is None
        await asyncio.sleep(0.01)
    kill(worker)
    assert await worker.process.wait() == -9
    while not _is_gone(int(started)):  # or the test's own time runs out
        await asyncio.sleep(0.01)


def _is_gone(pid):
    """Ended, though whoever inherits it may not have taken note yet."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] in "ZX"
    except FileNotFoundError:
        return True
