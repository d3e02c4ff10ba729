"""The command line as it is typed."""

import asyncio
import contextlib
import io
import json
import os
import re
import stat
import subprocess
import sys
from pathlib import Path

import asyncpg
import nats
import pillow_heif
import psutil
import pytest
from loopback import http_client
from PIL import Image

SAMPLES = Path(__file__).parents[2] / "samples" / "drawn"
PROTEUS = [sys.executable, "-m", "services.cli"]


@pytest.fixture
def home(tmp_path):
    """An empty home directory, and nothing of ours in the environment."""
    ours = ("PROTEUS_", "AWS_", "S3_")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(ours)}
    for name in ("NATS_URL", "DATABASE_URL", "JWT_SECRET", "XDG_DATA_HOME", "XDG_CONFIG_HOME"):
        kept.pop(name, None)
    return {**kept, "HOME": str(tmp_path), "COLUMNS": "160"}


def run(*arguments: str | Path, home: dict[str, str], timeout: float = 600, cwd: Path | None = None):
    return subprocess.run(
        [*PROTEUS, *map(str, arguments)], env=home, capture_output=True, text=True, timeout=timeout, cwd=cwd
    )


def test_help_lists_every_command_and_loads_no_model_code(home):
    shown = run("--help", home=home).stdout
    for command in (
        "up",
        "tryon",
        "status",
        "doctor",
        "dlq",
        "inspect",
        "admins",
        "provision",
        "asyncapi",
        "openapi",
        "bench",
    ):
        assert f" {command} " in shown
    code = (
        "import services.cli, sys; print([m for m in ('torch', 'numpy', 'sqlalchemy') if m in sys.modules])"
    )
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True).stdout.strip() == "[]"


@pytest.mark.parametrize(
    ("service", "environment", "line"),
    [
        ("gateway", {}, "JWT_SECRET: is not set"),
        ("weaver", {}, "S3_ENDPOINT_URL: is not set"),
        ("weaver", {"S3_ENDPOINT_URL": "http://x", "AWS_ACCESS_KEY_ID": "a", "AWS_SECRET_ACCESS_KEY": "b",
                    "PROTEUS_ENGINE": "magic"}, "PROTEUS_ENGINE: there is no engine 'magic'"),
        ("arbitrator", {"PROTEUS_ARBITRATOR_INTERVAL": "soon"}, "PROTEUS_ARBITRATOR_INTERVAL: Input should be"),
        ("provision", {}, "S3_ENDPOINT_URL: is not set"),
    ],
)  # fmt: skip
def test_a_bad_setting_stops_the_start_with_one_line_that_names_it(
    home, tmp_path, service, environment, line
):
    ended = run(service, home={**home, **environment}, cwd=tmp_path)
    assert ended.returncode == 2
    assert len(ended.stderr.strip().splitlines()) == 1
    assert f"proteus {service}: {line}" in ended.stderr


def test_up_with_an_unknown_engine_ends_at_once_and_says_why(home):
    ended = run("up", "--port", "0", "--engine", "magic", home=home)
    assert ended.returncode == 1
    assert "there is no engine 'magic' for try_on: choose one of auto, " in ended.stderr.replace("\n", " ")


def test_documents_are_printed_as_json(home):
    assert json.loads(run("openapi", home=home).stdout)["openapi"].startswith("3.1")
    assert json.loads(run("asyncapi", home=home).stdout)["asyncapi"] == "3.0.0"


def test_what_is_no_picture_is_refused_before_anything_starts(home, tmp_path):
    (tmp_path / "text.jpg").write_text("hello")
    (tmp_path / "empty.jpg").touch()
    for name, why in (("text.jpg", "not a JPEG"), ("empty.jpg", "empty"), ("none.jpg", "No such file")):
        ended = run("tryon", tmp_path / name, SAMPLES / "shirt.jpg", home=home)
        assert ended.returncode == 2 and why in ended.stderr and name in ended.stderr


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        (("-", "-", "-o", "x.jpg"), "standard input is one picture"),
        (("-", "{shirt}", "-o", "x.bmp"), "a result is one of .jpg, .jpeg, .jpe, .jfif, .png, .webp, .avif, not .bmp"),
        (("-", "{shirt}", "-o", "x.tar.gz"), "not .gz"), (("-", "{shirt}", "-o", "folder"), "is a folder"),
        (("-", "{shirt}", "-o", "file/x.jpg"), "file cannot be made: "),
        (("-", "{shirt}", "-o", f"{'x' * 300}.jpg"), ".jpg cannot be made: "),
        (("{shirt}", "-", "-o", "x.jfif"), "-: the file is empty"),
    ],
)  # fmt: skip
def test_a_result_that_could_not_be_written_is_told_before_the_job(home, tmp_path, arguments, why):
    (tmp_path / "folder").mkdir()
    (tmp_path / "file").touch()
    told = [text.format(shirt=SAMPLES / "shirt.jpg") for text in arguments]
    shown = subprocess.run(
        [*PROTEUS, "tryon", *told],
        env=home,
        capture_output=True,
        text=True,
        cwd=tmp_path,
        input="",
        timeout=600,
    )
    assert (shown.returncode, shown.stdout) == (2, "")
    assert (
        shown.stderr.startswith("proteus tryon: ")
        and why in shown.stderr
        and len(shown.stderr.splitlines()) == 1
    )


def test_without_servers_operator_commands_say_so(home):
    nowhere = {**home, "NATS_URL": "nats://127.0.0.1:1"}
    for command in (("status", "--once"), ("dlq", "list")):
        ended = run(*command, home=nowhere)
        assert ended.returncode == 1 and "does not answer" in ended.stderr


def test_an_address_of_nats_that_is_none_is_told_in_one_line(home):
    wrong = {**home, "NATS_URL": "http://[", "COLUMNS": "300"}
    for command in ("status --once", "dlq list", "arbitrator"):
        ended = run(*command.split(), home=wrong)
        assert (ended.returncode, ended.stdout) == (2, "")
        assert ended.stderr.startswith(f"proteus {command.split()[0]}: NATS_URL")
        assert "is written as nats://host:4222" in ended.stderr and ended.stderr.count("\n") == 1
    found = run("doctor", home=wrong)
    assert "is written as nats://host:4222" in found.stdout and not found.stderr


def test_doctor_says_how_to_mend_what_is_wrong(home):
    wrong = {"NATS_URL": "nats://127.0.0.1:1", "PROTEUS_C2PA_CERTIFICATE": "/nowhere.pem", "COLUMNS": "200"}
    ended = run("doctor", home={**home, **wrong})
    assert ended.returncode == 1
    assert "start it, or correct the variable" in ended.stdout and "nats-server" in ended.stdout
    assert "one is set without the other" in ended.stdout
    assert "none trusted but those on this machine" in ended.stdout
    assert "set PROTEUS_TRUSTED_PROXIES" in ended.stdout


async def test_up_tryon_status_dlq_and_a_clean_stop(home, tmp_path):
    """One system through its whole life, as on a first evening with it."""
    data = tmp_path / "elsewhere"
    up = await asyncio.create_subprocess_exec(
        *PROTEUS, "up", "--port", "0", "--weavers", "2", "--data-dir", "elsewhere",
        env=home, cwd=tmp_path, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    stranger, home = home, {**home, "PROTEUS_DATA_DIR": str(data)}
    state = data / "up.json"
    try:
        async with asyncio.timeout(600):
            while not state.exists():
                assert up.returncode is None
                await asyncio.sleep(0.1)
        found = json.loads(state.read_text())
        assert stat.S_IMODE(state.stat().st_mode) == 0o600
        family = psutil.Process(up.pid).children(recursive=True)
        assert sum("weaver" in child.cmdline() for child in family) == 2

        blank = tmp_path / "blank.png"
        Image.new("RGB", (300, 300), "white").save(blank)
        ended = await asyncio.to_thread(run, "tryon", SAMPLES / "person.jpg", blank, home=home)
        assert ended.returncode == 1 and "No garment was found" in ended.stderr
        credentials = tmp_path / ".config" / "proteus" / "credentials.json"
        assert not credentials.exists(), "an account that was made for a run that failed is deleted"
        database = await asyncpg.connect(found["database_url"])
        assert await database.fetchval("SELECT count(*) FROM users") == 0, "where it was made, too"
        await database.close()

        monitor = re.search(r'http: "(127\.0\.0\.1:\d+)"', (data / "nats" / "nats.conf").read_text())
        async with http_client() as http:
            storage = (await http.get(f"http://{monitor[1]}/jsz?config=true")).json()["config"]
        assert storage["sync_interval"] == 120 * 10**9, "nanoseconds: two minutes"

        said = {}
        while b"Ctrl-C" not in (line := await up.stderr.readline()):
            use, _, command = line.decode().strip().partition(": ")
            said[use] = command
        for use in ("try it", "watch it"):  # as printed, in a shell that knows nothing else
            typed = await asyncio.create_subprocess_shell(
                said[use] + (" --once" if use == "watch it" else ""), env=stranger, cwd=tmp_path
            )
            assert await typed.wait() == 0, said[use]
        with Image.open(tmp_path / "out.jpg") as picture:
            assert picture.format == "JPEG"

        second = await asyncio.to_thread(run, "up", home=home)
        assert second.returncode == 1 and "already runs" in second.stderr and found["url"] in second.stderr

        heic = tmp_path / "me.heic"
        with Image.open(SAMPLES / "person.jpg") as person:
            pillow_heif.from_pillow(person).save(heic, quality=80)
        target = tmp_path / "out.png"
        ended = await asyncio.to_thread(
            run, "tryon", heic, SAMPLES / "shirt.jpg", "-o", target, "--tailor", home=home
        )
        assert ended.returncode == 0, ended.stderr
        assert "warp (a preview" in ended.stderr
        with Image.open(target) as picture:
            assert picture.size == (768, 1024) and picture.format == "PNG"
        assert stat.S_IMODE(credentials.stat().st_mode) == 0o600
        piped = await asyncio.to_thread(
            subprocess.run, [*PROTEUS, "tryon", "-", SAMPLES / "shirt.jpg", "-o", "-"], env=home,
            input=(SAMPLES / "person.jpg").read_bytes(), capture_output=True, timeout=600,
        )  # fmt: skip
        assert Image.open(io.BytesIO(piped.stdout)).size == (768, 1024), piped.stderr

        shown = json.loads(
            (await asyncio.to_thread(run, "--data-dir", data, "status", "--json", home=stranger)).stdout
        )
        assert {worker["service"] for worker in shown["workers"]} == {"weaver", "tailor", "fitter"}
        assert shown["policy"]["weaver.batch_size"] == "1" and shown["dead_letters"] == 0
        assert shown["queues"]["try_on"]["lanes"].keys() == {"vip", "standard"}
        assert "Proteus" in (await asyncio.to_thread(run, "status", "--once", home=home)).stdout

        client = await nats.connect(found["nats_url"])
        await client.jetstream(timeout=60).publish("tryon.requests.standard", b"nonsense")
        async with asyncio.timeout(60):
            while not (await client.jetstream(timeout=60).stream_info("DEADLETTERS")).state.messages:
                await asyncio.sleep(0.1)
        await client.close()
        assert (
            "request_malformed"
            in (await asyncio.to_thread(run, "dlq", "list", "--data-dir", data, home=stranger)).stdout
        )
        letter = json.loads((await asyncio.to_thread(run, "dlq", "show", "1", home=home)).stdout)
        assert letter["payload"] == "nonsense"
        assert "put back" in (await asyncio.to_thread(run, "dlq", "retry", "1", home=home)).stdout
        assert (await asyncio.to_thread(run, "dlq", "show", "77", home=home)).returncode == 1
        assert "dropped" in (await asyncio.to_thread(run, "dlq", "purge", home=home)).stdout
    finally:
        family = psutil.Process(up.pid).children(recursive=True)
        up.terminate()
        _, errors = await asyncio.wait_for(up.communicate(), 180)
    assert up.returncode == 0, errors.decode()
    assert not psutil.wait_procs(family, timeout=180)[1], "a process was left behind"
    assert not state.exists()


def test_tryon_starts_a_system_of_its_own_when_none_runs(home, tmp_path):
    out = tmp_path / "own.jpg"
    ended = run("tryon", SAMPLES / "person.jpg", SAMPLES / "shirt.jpg", "-o", out, home=home)
    assert ended.returncode == 0, ended.stderr
    assert "starting one for this job" in ended.stderr
    assert Image.open(io.BytesIO(out.read_bytes())).size == (768, 1024)


async def test_up_says_what_it_waits_for_when_an_engine_takes_long(home):
    slow = {**home, "PROTEUS_SIMULATED_A": "200"}  # its first pass, which comes before it is ready, too
    up = await asyncio.create_subprocess_exec(
        *PROTEUS, "up", "--port", "0", "--engine", "simulated", "--no-web", env=slow,
        stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    try:
        async with asyncio.timeout(600):
            while b"waiting for the weaver's engine" not in (line := await up.stderr.readline()):
                assert line, "it ended without a word of it"
    finally:
        up.terminate()
        async with asyncio.timeout(60):
            while up.returncode is None:  # a weaver ends after its pass, for which nobody waits here
                with contextlib.suppress(psutil.NoSuchProcess):
                    for child in psutil.Process(up.pid).children():
                        if "weaver" in child.cmdline():
                            child.kill()
                await asyncio.sleep(0.1)
