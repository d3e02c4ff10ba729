"""The port of `proteus up`: one that was asked for is had or refused, the default may move."""

import asyncio
import os
import socket
import sys

import pytest

from services.embedded.gateway_port import DEFAULT, choose_port
from services.embedded.process import free_port


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
