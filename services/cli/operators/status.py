"""`proteus status`: the queue, the policy and the workers, live."""

from dataclasses import asdict, dataclass
from typing import Annotated, Any

import typer

_EVERY_SECONDS = 1.0


@dataclass(frozen=True)
class Snapshot:
    """One look, as `--json` prints it."""

    queues: dict[str, dict[str, Any]]  # by job kind: waiting, in_work, average_wait, lanes
    policy: dict[str, str]  # what weavers obey
    pinned: list[str]
    ignored_pins: dict[str, str]  # that say nothing a weaver could obey
    workers: list[dict[str, Any]]
    dead_letters: int
    done: int  # requests that were settled so far; its growth is the rate
    reason: str | None  # why the policy is as it is


def status(
    once: Annotated[bool, typer.Option("--once", help="Look once and end.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print one look as JSON.")] = False,
) -> None:
    """Queue depth, waits, batch size, mode, workers and jobs a second."""
    import asyncio

    import nats.errors
    import nats.js.errors

    from services.cli.connection import nats_address, why_not

    url = nats_address("status")
    try:
        asyncio.run(_watch(url, once or as_json, as_json))
    except (nats.errors.Error, nats.js.errors.Error, OSError, TimeoutError) as error:
        typer.echo(f"proteus status: {asyncio.run(why_not(url, error))}", err=True)
        raise typer.Exit(1) from None
    except KeyboardInterrupt:
        raise typer.Exit(0) from None


async def _watch(url: str, once: bool, as_json: bool) -> None:
    import asyncio
    import json
    import time

    from rich.console import Console
    from rich.live import Live

    from streams.connection import connect_once

    client = await connect_once(url)
    try:
        js = client.jetstream(timeout=3)
        now, at = await look(js), time.monotonic()
        if as_json:
            typer.echo(json.dumps(asdict(now), indent=1))
            return
        if once:
            Console().print(_table(now, None))
            return
        with Live(_table(now, None), refresh_per_second=4) as live:
            while True:
                await asyncio.sleep(_EVERY_SECONDS)
                before, then = now, at
                now, at = await look(js), time.monotonic()
                live.update(_table(now, (now.done - before.done) / (at - then)))
    finally:
        await client.close()


async def look(js: Any) -> Snapshot:
    """One look, from JetStream alone."""
    from schemas.policy import range_of
    from streams.overview import overlook

    seen = await overlook(js)
    queues = {
        queue.kind: {
            "waiting": queue.waiting,
            "in_work": queue.in_work,
            "average_wait": round(queue.average_wait, 1),
            "lanes": {
                lane.lane.value: {
                    "waiting": lane.waiting,
                    "in_work": lane.in_work,
                    "average_wait": round(lane.average_wait, 1),
                    "paused": lane.paused,
                }
                for lane in queue.lanes
            },
        }
        for queue in seen.queues
    }
    return Snapshot(
        queues,
        {key.key: key.in_force or f"{range_of(key.key).default} (default)" for key in seen.keys},
        [key.key for key in seen.keys if key.pin and not key.ignored_pin],
        {key.key: key.ignored_pin for key in seen.keys if key.ignored_pin},
        [worker.model_dump(mode="json") for worker in seen.workers],
        seen.dead_letters,
        sum(queue.done for queue in seen.queues),
        seen.reason,
    )


def _table(snapshot: Snapshot, rate: float | None) -> Any:
    from rich.console import Group
    from rich.table import Table

    queue = Table("queue", "waiting", "in work", "average wait", title="Proteus", expand=True)
    for kind, whole in snapshot.queues.items():
        lanes = whole["lanes"]
        rows = (
            {f"{kind} {lane}": numbers for lane, numbers in lanes.items()}
            if len(lanes) > 1
            else {kind: {**whole, "paused": any(lane["paused"] for lane in lanes.values())}}
        )
        for name, numbers in rows.items():
            wait = f"{numbers['average_wait']} s" + (
                " (paused: nothing is handed out)" if numbers["paused"] else ""
            )
            queue.add_row(name, str(numbers["waiting"]), str(numbers["in_work"]), wait)
    policy = Table("policy", "value", expand=True)
    for key, value in snapshot.policy.items():
        said = " (pinned)" if key in snapshot.pinned else ""
        if key in snapshot.ignored_pins:
            said = f" (the pin {snapshot.ignored_pins[key]!r} is no value that a weaver obeys)"
        policy.add_row(key, value + said)
    policy.add_row("because", snapshot.reason or "(nothing was decided yet)")
    workers = Table(
        "worker", "engine", "device", "done", "failed", "s by batch", "why this engine", expand=True
    )
    for worker in snapshot.workers:
        engine = worker["engine"] + (" (preview)" if worker["preview"] else "")
        seconds = ", ".join(f"{size}: {took}" for size, took in worker["seconds_by_batch"].items())
        workers.add_row(
            f"{worker['service']} {worker['instance']}", engine, worker["device"], str(worker["jobs_done"]),
            str(worker["jobs_failed"]), seconds, worker["engine_reason"],
        )  # fmt: skip
    rest = [f"dead letters: {snapshot.dead_letters}"]
    if rate is not None:
        rest.append(f"jobs/s: {rate:.1f}")
    return Group(queue, policy, workers, "   ".join([*rest, *_cost(snapshot, rate)]))


def _cost(snapshot: Snapshot, rate: float | None) -> list[str]:
    """What the weavers cost, when the operator says what an hour of one costs."""
    from services.settings import CostSettings, load

    price = load(CostSettings).gpu_hour_price
    if not price:
        return ["cost: set PROTEUS_GPU_HOUR_PRICE to see it"]
    hour = price * sum(worker["service"] == "weaver" for worker in snapshot.workers)
    each = [f"a picture: {hour / 3600 / rate:.5f}"] if rate else []
    return [f"an hour of the weavers: {hour:.2f}", *each]
