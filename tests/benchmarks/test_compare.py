"""Measurements of two versions in turn: on the same machine, so that its mood meets both."""

import subprocess
import time
from pathlib import Path

import pytest

from benchmarks.compare import as_table, checked_out, compare

TREES = {"v1": Path("/before"), "now": Path("/after")}


def test_each_tree_is_measured_in_turn_and_every_round_begins_with_another():
    order = []

    def run(tree, arguments):
        order.append((tree.name, arguments[0]))
        return {"ms": 10.0 if tree.name == "after" else 20.0 + len(order)}

    runs = compare(TREES, ["latency", "burst"], 2, 60, run)

    assert [name for name, _ in order] == ["before", "after"] * 2 + ["after", "before"] * 2
    assert [kind for _, kind in order] == ["latency", "latency", "burst", "burst"] * 2
    latency = as_table(runs).splitlines()[2]
    assert latency == "| latency | ms | 21 to 26 | 10 | 0.43 |"


def test_what_one_version_cannot_measure_has_no_ratio():
    runs = compare(TREES, ["waiting"], 1, 60, lambda tree, _: {"ms": 3.0} if tree.name == "after" else None)
    assert as_table(runs).splitlines()[2] == "| waiting | ms | – | 3 | – |"


def test_no_round_begins_that_would_end_too_late():
    runs = compare({"now": Path()}, ["burst"], 1000, 0.2, lambda *_: time.sleep(0.05) or {"s": 1.0})
    assert 1 <= len(runs["burst"]["now"]) <= 4
    assert as_table(runs).splitlines()[2] == "| burst | s | 1 |"


def test_a_revision_lies_beside_the_repository_and_goes_again(tmp_path):
    git = ["git", "-C", str(tmp_path), "-c", "user.name=a", "-c", "user.email=a@example.com"]
    subprocess.run([*git, "init", "-q"], check=True)
    for text in ("old", "new"):
        (tmp_path / "file").write_text(text)
        subprocess.run([*git, "add", "file"], check=True)
        subprocess.run([*git, "commit", "-qm", text], check=True)

    with checked_out("HEAD~1", tmp_path) as tree:
        assert (tree / "file").read_text() == "old"
    assert not tree.exists() and (tmp_path / "file").read_text() == "new"
    with pytest.raises(subprocess.CalledProcessError), checked_out("none", tmp_path):
        pass
