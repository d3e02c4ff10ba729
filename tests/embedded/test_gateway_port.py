"""The port of `proteus up`: one that was asked for is had or refused, the default may move."""

import asyncio
import os
import socket
import sys

import pytest

from services.embedded.folders import claim_data_dir
from services.embedded.gateway_port import DEFAULT, choose_port
from services.embedded.process import StartError, free_port


@pytest.fixture
def taken():
    """A port that this process listens on."""
    with socket.create_server(("127.0.0.1", free_port())) as server:
        yield server.getsockname()[1]


@pytest.mark.parametrize("how", ["option", "variable"])
async def test_a_port_that_was_asked_for_and_is_taken_ends_the_start(taken, how, tmp_path):
    option = ("--port", str(taken)) if how == "option" else ()
    variable = {"PROTEUS_PORT": str(taken)} if how == "variable" else {}
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "services.cli", "up", "--data-dir", str(tmp_path / "data"), *option,
        env={**os.environ, **variable}, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    _, said = await asyncio.wait_for(process.communicate(), 120)
    (line,) = said.decode().splitlines()  # no server was started
    assert process.returncode == 1
    assert f"port {taken} on 127.0.0.1 is taken by " in line and f"(process {os.getpid()})" in line
    assert "`--port 0` takes a free one" in line


def test_the_default_moves_and_says_so():
    said = []
    with socket.socket() as held:
        held.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if held.connect_ex(("127.0.0.1", DEFAULT)) != 0:
            held.close()
            with socket.create_server(("127.0.0.1", DEFAULT)):
                port = choose_port(None, "127.0.0.1", said.append)
        else:
            port = choose_port(None, "127.0.0.1", said.append)
    assert port != DEFAULT
    assert len(said) == 1 and f"port {DEFAULT} is taken" in said[0] and said[0].endswith(f"using {port}")


def test_a_free_port_that_was_asked_for_is_had():
    said = []
    port = free_port()
    assert choose_port(port, "127.0.0.1", said.append) == port and said == []
    assert choose_port(0, "127.0.0.1", said.append) > 0 and said == []


@pytest.mark.parametrize("host", ["127.0.0.1", "0.0.0.0", "localhost", "", "::", "::1"])
def test_every_address_of_this_machine_will_do(host):
    if ":" in host and not _has(host):
        pytest.skip("this machine has no IPv6")
    assert choose_port(0, host, lambda _: None) > 0


@pytest.mark.parametrize("host", ["192.0.2.1", "2001:db8::1", "nowhere.invalid", "256.1.1.1", "http://x"])
def test_what_is_no_address_of_this_machine_is_told_at_once(host):
    with pytest.raises(
        StartError, match=r"is no address of this machine .*: correct PROTEUS_HOST"
    ) as refused:
        choose_port(0, host, lambda _: None)
    assert host in str(refused.value) and "\n" not in str(refused.value)


@pytest.mark.parametrize("place", ["file", "file/below", "loop/below", "n" * 300, "/proc/proteus"])
def test_a_data_directory_that_cannot_be_is_one_line_with_a_cure(tmp_path, place):
    (tmp_path / "file").touch()
    (tmp_path / "loop").symlink_to(tmp_path / "loop")
    mask = os.umask(0o022)
    try:
        with pytest.raises(StartError) as refused:
            claim_data_dir(tmp_path / place)
    finally:
        os.umask(mask)
    said = str(refused.value)
    assert (
        "cannot be used (" in said
        and said.endswith("choose another place with --data-dir")
        and "\n" not in said
    )


def _has(host):
    try:
        with socket.socket(socket.AF_INET6) as probe:
            probe.bind((host, 0))
    except OSError:
        return False
    return True
