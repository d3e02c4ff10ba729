"""What a worker says of itself: to its probes, and with its heartbeat."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

from inference.engine import compilation
from inference.on_demand import OnDemand
from schemas.workers import KindWork, WorkerInfo
from services.worker.context import KindContext
from services.worker.kind import Batchers
from services.worker.kinds.base import Engaged
from streams import topology
from streams.delivery.pull import PullLoop

#: Fetches that may fail in a row before the worker asks to be restarted (about half a minute).
_FAILURES = 30


def not_live(loops: Sequence[PullLoop], batchers: Batchers) -> str | None:
    """Why it asks to be restarted, for /healthz."""
    if batchers.ended:
        return "the batcher has ended"
    if any(loop.failures > _FAILURES for loop in loops):
        return "no job could be fetched for a while"
    return None


def not_ready(connected: bool, loops: Sequence[PullLoop]) -> str | None:
    """Why it takes no jobs once it has started, for /readyz."""
    if not connected:
        return "not connected"
    return next((loop.trouble for loop in loops if loop.trouble), None)


def engine_facts(engaged: Engaged) -> dict[str, str]:
    """What stands in the body of its probes."""
    info = engaged.engine.info
    return {
        "engine": info.name,
        "engine_reason": engaged.reason,
        "device": info.device,
        "compilation": compilation(engaged.engine),
    }


def worker_info(
    pool: str,
    instance: str,
    started_at: datetime,
    kinds: Sequence[Engaged],
    contexts: Mapping[str, KindContext],
) -> WorkerInfo:
    """What its heartbeat says. ``contexts`` by kind."""
    works = {spec.kind: _work(contexts[spec.kind], one) for one in kinds if (spec := one.handler.spec)}
    return WorkerInfo(
        **next(iter(works.values())).model_dump(),
        service=pool,
        instance=instance,
        started_at=started_at,
        at=datetime.now(UTC),
        jobs_done=sum(context.metrics.done for context in contexts.values()),
        jobs_failed=sum(context.metrics.lost for context in contexts.values()),
        in_progress_seconds=topology.IN_PROGRESS_SECONDS,
        kinds=works,
    )


def _work(context: KindContext, engaged: Engaged) -> KindWork:
    engine = engaged.engine
    return KindWork(
        engine=context.engine.name,
        engine_reason=context.engine_reason,
        preview=context.engine.preview,
        device=context.engine.device,
        loaded=engine.loaded if isinstance(engine, OnDemand) else True,
        busy=context.batcher.busy,
        seeds=context.engine.seeds,
        seconds_by_batch=context.times.by_batch(),
        service_times=context.times.fit(),
    )
