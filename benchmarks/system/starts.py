"""Many systems that start at one moment, each in a data directory of its own: are all ready, does none meet another?

python -m benchmarks.system.starts 20  # whole systems, with the simulated engines, about 1 GB each
python -m benchmarks.system.starts 20 --servers  # their servers alone, about 0.2 GB each
"""

import asyncio
import io
import json
import os
import sys
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import asyncpg
import nats
from PIL import Image

from benchmarks.system.shopper import sign_up, wait_final
from services.embedded.nats import kept_passwords, start_nats
from services.embedded.postgres import start_postgres
from services.embedded.s3 import ACCESS_KEY, start_s3
from services.settings import StorageSettings
from services.storage import open_store

_PATIENCE = 1800.0
_UP = ("-m", "services.cli", "up", "--no-web", "--engine", "simulated", "--port", "0", "--data-dir")


async def serve(data: Path) -> None:
    """The three servers on one data directory, until standard input ends."""
    logs = data / "logs"
    logs.mkdir(parents=True)
    # As `proteus up` does: one after the other, on the usual ports or free ones.
    nats_server = await start_nats(data / "nats", logs, passwords=kept_passwords(data / "nats"))
    postgres = await start_postgres(data / "postgres", logs)
    s3 = await start_s3(data / "s3", logs, "proteus")
    found = {"nats_url": nats_server.url, "database_url": postgres.url, "s3_endpoint_url": s3.endpoint}
    (data / "new.json").write_text(json.dumps(found))
    (data / "new.json").rename(data / "up.json")
    await asyncio.to_thread(sys.stdin.read)
    await asyncio.gather(*(server.child.stop() for server in (nats_server, postgres, s3)))


async def measure(count: int, command: tuple[str, ...]) -> int:
    """Say how it went; how many were not ready, or held what another one wrote."""
    began, bad = time.monotonic(), 0
    with tempfile.TemporaryDirectory(prefix="proteus-starts-") as name:
        places = [Path(name) / f"{number:02d}" for number in range(count)]
        environment = {**os.environ, "PROTEUS_TAILOR_ENGINE": "simulated"}
        running = [
            await asyncio.create_subprocess_exec(
                sys.executable, *command, str(place), env=environment, stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.DEVNULL,
            )
            for place in places
        ]  # fmt: skip
        try:
            systems = await asyncio.gather(*map(_ready, places, running))
            there = [(place, system) for place, system in zip(places, systems, strict=True) if system]
            print(f"{len(there)} of {count} ready after {time.monotonic() - began:.0f} s")
            bad += count - len(there)
            for part in sorted({part for _, system in there for part in system} - {"pid"}):
                print(f"{part}: {len({system[part] for _, system in there})} different")
            for place, system in there:
                await _write(place, system)
            for place, system in there:
                found = await _read(place, system)
                if found != [place.name] * 3:
                    bad += 1
                    print(f"{place.name} holds {found}")
            tried = [await _try_on(system) for _, system in there if "url" in system]
            print(f"{tried.count(1)} of {len(tried)} ended a try-on of their own and know of no other")
            bad += len(tried) - tried.count(1)
        finally:
            for process in running:
                if process.returncode is None:
                    process.stdin.close() if "serve" in command else process.terminate()  # type: ignore[union-attr]
            await asyncio.gather(*(process.wait() for process in running))
    print("no cross talk" if not bad else f"{bad} at fault")
    return bad


async def _ready(place: Path, process: asyncio.subprocess.Process) -> dict[str, Any] | None:
    """What it left for others; None when it ended, or took too long."""
    until = time.monotonic() + _PATIENCE
    while process.returncode is None and time.monotonic() < until:
        if (place / "up.json").exists():
            return dict(json.loads((place / "up.json").read_text()))
        await asyncio.sleep(0.5)
    return None


def _store(place: Path, system: Mapping[str, Any]) -> StorageSettings:
    secret = (place / "s3" / "secret").read_text().strip()
    told = {"aws_access_key_id": ACCESS_KEY, "aws_secret_access_key": secret}
    return StorageSettings(s3_endpoint_url=system["s3_endpoint_url"], **told)  # type: ignore[arg-type]


async def _write(place: Path, system: Mapping[str, Any]) -> None:
    """The directory's name, to each of its servers."""
    client = await nats.connect(system["nats_url"])
    await client.jetstream().add_stream(name="MARK", subjects=["mark"])
    await client.jetstream().publish("mark", place.name.encode())
    await client.close()
    database = await asyncpg.connect(system["database_url"])
    await database.execute(f"CREATE TABLE mark AS SELECT '{place.name}' AS name")
    await database.close()
    async with open_store(_store(place, system)) as store:
        await store.put("mark", place.name.encode(), "text/plain")


async def _read(place: Path, system: Mapping[str, Any]) -> list[str]:
    """What each of its servers holds."""
    client = await nats.connect(system["nats_url"])
    message = await client.jetstream().get_last_msg("MARK", "mark")
    await client.close()
    database = await asyncpg.connect(system["database_url"])
    names = [row["name"] for row in await database.fetch("SELECT name FROM mark")]
    await database.close()
    async with open_store(_store(place, system)) as store:
        kept = await store.get("mark", 100)
    return [(message.data or b"").decode(), ",".join(names), kept.decode()]


async def _try_on(system: Mapping[str, Any]) -> int:
    """Runs one; how many jobs ended well, as this system's database has it."""
    picture = io.BytesIO()
    Image.new("RGB", (96, 128), "white").save(picture, "JPEG")
    signing_up = sign_up(system["url"], picture.getvalue(), picture.getvalue())
    async with signing_up as shopper, await shopper.listen() as socket:
        await wait_final(socket, await shopper.submit(), _PATIENCE)
    database = await asyncpg.connect(system["database_url"])
    ended = await database.fetchval("SELECT count(*) FROM jobs WHERE status = 'completed'")
    await database.close()
    return int(ended)


if __name__ == "__main__":
    if sys.argv[1] == "serve":
        asyncio.run(serve(Path(sys.argv[2])))
    else:
        alone = ("-m", "benchmarks.system.starts", "serve")
        sys.exit(asyncio.run(measure(int(sys.argv[1]), alone if "--servers" in sys.argv else _UP)))
