"""One system for all tests of the client, from this tree, with the preview engine."""

import asyncio
import json
import os
import sys

import pytest


@pytest.fixture(scope="session")
def system(background, tmp_path_factory):
    """The URL of a `proteus up` with guests."""
    data = tmp_path_factory.mktemp("client")
    environment = {**os.environ, "PROTEUS_TAILOR_ENGINE": "grabcut"}

    async def start():
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "services.cli", "up", "--port", "0", "--data-dir", data, "--no-web",
            env=environment, stdout=asyncio.subprocess.DEVNULL,
        )  # fmt: skip
        while not (data / "up.json").exists():
            assert process.returncode is None
            await asyncio.sleep(0.1)
        return process

    process = background.run(start())
    yield json.loads((data / "up.json").read_text())["url"]

    async def stop():
        process.terminate()
        await process.wait()

    background.run(stop())
