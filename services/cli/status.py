"""`proteus status`: the queue, the policy and the workers, live."""

from dataclasses import asdict, dataclass
from typing import Annotated, Any

import typer

_EVERY_SECONDS = 1.0


@dataclass(frozen=True)
class Snapshot:
    """One look."""

    queues: dict[str, dict[str, float]]  # by job kind: waiting, in_work, average_wait
    policy: dict[str, str]
    pinned: list[str]
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

    from services.cli.connection import address

    url = address("NATS_URL") or "nats://127.0.0.1:4222"
    try:
        asyncio.run(_watch(url, once or as_json, as_json))
    except (nats.errors.Error, nats.js.errors.Error, OSError, TimeoutError) as error:
        typer.echo(
            f"proteus status: NATS at {url} does not answer: {error or type(error).__name__}", err=True
        )
        raise typer.Exit(1) from None
    except KeyboardInterrupt:
        raise typer.Exit(0) from None


async def _watch(url: str, once: bool, as_json: bool) -> None:
    import asyncio
    import json
    import time

    from rich.console import Console
    from rich.live import Live

    from streams.broker import connect_once

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
    from schemas import policy, workers
    from schemas.jobs import SPECS
    from services.arbitrator.lag import look as look_at_queue
    from streams import topology
    from streams.heartbeat import alive
    from streams.policy_kv import get_text

    queues, done = {}, 0
    for spec in SPECS.values():
        state = (await js.stream_info(spec.stream)).state
        done += state.last_seq - state.messages  # a request stays until it is acknowledged
        waiting = in_work = 0
        for lane in topology.lanes(spec):
            info = await js.consumer_info(spec.stream, spec.durable(lane))
            waiting += info.num_pending
            in_work += info.num_ack_pending
        wait = (await look_at_queue(js, spec)).average_wait
        queues[spec.kind] = {"waiting": waiting, "in_work": in_work, "average_wait": round(wait, 1)}
    bucket = await js.key_value(policy.BUCKET)
    values, pinned = {}, []
    for key in policy.KEYS:
        pin = await get_text(bucket, policy.pin_key(key))
        values[key] = pin or await get_text(bucket, key) or "(default)"
        pinned += [key] if pin else []
    beats = await alive(await js.key_value(workers.BUCKET))
    dead = (await js.stream_info(topology.DEADLETTERS)).state.messages
    reason = await get_text(bucket, policy.REASON)
    there = [beat.model_dump(mode="json") for beat in beats]
    return Snapshot(queues, values, pinned, there, dead, done, reason)


def _table(snapshot: Snapshot, rate: float | None) -> Any:
    from rich.console import Group
    from rich.table import Table

    queue = Table("queue", "waiting", "in work", "average wait", title="Proteus", expand=True)
    for kind, numbers in snapshot.queues.items():
        wait = f"{numbers['average_wait']} s"
        queue.add_row(kind, str(numbers["waiting"]), str(numbers["in_work"]), wait)
    policy = Table("policy", "value", expand=True)
    for key, value in snapshot.policy.items():
        policy.add_row(key, value + (" (pinned)" if key in snapshot.pinned else ""))
    policy.add_row("because", snapshot.reason or "(nothing was decided yet)")
    workers = Table(
        "worker", "engine", "device", "done", "failed", "s by batch", "why this engine", expand=True
    )
    for worker in sorted(snapshot.workers, key=lambda w: (w["service"], w["instance"])):
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
    from services.settings import load
    from services.worker.settings import WorkerSettings

    price = load(WorkerSettings).gpu_hour_price
    if not price:
        return ["cost: set PROTEUS_GPU_HOUR_PRICE to see it"]
    hour = price * sum(worker["service"] == "weaver" for worker in snapshot.workers)
    each = [f"a picture: {hour / 3600 / rate:.5f}"] if rate else []
    return [f"an hour of the weavers: {hour:.2f}", *each]
