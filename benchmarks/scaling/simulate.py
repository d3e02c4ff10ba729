"""The loop: requests come, the arbitrator's own policy sets the batch, KEDA and the HPA set the replicas."""

from collections import deque
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import yaml

from benchmarks.scaling import hpa, keda
from benchmarks.scaling.crowd import RequestRate, arrivals
from benchmarks.scaling.rules import OPS, ScaledObjectRules
from benchmarks.scaling.weavers import LANES, ConsumerQueue, Machine, ScalingOutcome, WeaverPod, step, stop
from services.arbitrator import thresholds
from services.arbitrator.decision import Queue, State
from services.worker.settings import WorkerSettings

TICK = 0.5
#: Assumed, not measured: a GPU node that is there or comes soon, weights from the hub, the model, its warm-up.
START = 180.0
#: Assumed, not measured: seconds of a forward pass on an RTX 4000 Ada, and of each picture in it.
ALONE, EACH = 2.0, 1.0
#: Any time will do where no trigger asks for it: a Monday morning.
MONDAY = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)


@dataclass(frozen=True)
class Sample:
    """One second of it."""

    at: float
    rate: float
    lag: int
    wanted: int
    ready: int
    leaving: int
    batch: int


@dataclass
class ScalingRun:
    """Every second, and what became of the jobs."""

    samples: list[Sample] = field(default_factory=list)
    outcome: ScalingOutcome = field(default_factory=ScalingOutcome)
    asked: int = 0


def deployed(start: float = START, alone: float = ALONE, each: float = EACH) -> Machine:
    """A weaver as its manifest and the quota have it."""
    pod = next(yaml.safe_load_all((OPS / "k8s/base/weaver.yaml").read_text()))["spec"]["template"]["spec"]
    namespace = list(yaml.safe_load_all((OPS / "k8s/base/namespace.yaml").read_text()))
    hard = namespace[1]["spec"]["hard"]
    return Machine(
        start=start,
        alone=alone,
        each=each,
        drain=WorkerSettings.model_fields["drain_seconds"].default,
        grace=pod["terminationGracePeriodSeconds"],
        gpus=int(hard["requests.nvidia.com/gpu"]),
    )


def simulate(
    rules: ScaledObjectRules,
    machine: Machine,
    crowd: RequestRate,
    seed: int = 1,
    begins: datetime = MONDAY,
    first: int = 1,
) -> ScalingRun:
    """One run, with ``first`` warm weavers at its start. Nothing in it depends on this machine's time."""
    run, memory, activity = ScalingRun(), hpa.HpaMemory(), keda.Activity(0.0)
    coming = deque(arrivals(crowd, seed))
    run.asked = len(coming)
    queues = {lane: ConsumerQueue() for lane in LANES}
    weavers = [WeaverPod(0.0, 0.0, 0.0) for _ in range(first)]
    wanted, steered = first, State()
    for tick in range(int(crowd.lasts / TICK)):
        now = tick * TICK
        while coming and coming[0][0] <= now:
            came, lane = coming.popleft()
            queues[lane].waiting.append(came)
        lags = {lane: queue.lag for lane, queue in queues.items()}
        decision = thresholds.decide(Queue(sum(lags.values()), _wait(queues, now)), steered, now)
        steered = decision.state
        weavers = step(weavers, queues, decision.policy.batch_size, machine, run.outcome, now)
        lags = {lane: queue.lag for lane, queue in queues.items()}
        date = begins + timedelta(seconds=now)
        if now % rules.polling == 0:
            wanted = keda.poll(rules, activity, keda.active(rules, lags, date), wanted, now)
        if now % hpa.SYNC == 0 and wanted > 0:
            asked = hpa.wanted(keda.metrics(rules, lags, date), wanted)
            wanted = hpa.look(rules, memory, asked, wanted, now)
        _follow(weavers, queues, wanted, run.outcome, now)
        run.outcome.gpu_seconds += TICK * sum(weaver.placed is not None for weaver in weavers)
        if now % 1 == 0:
            run.samples.append(
                Sample(
                    at=now,
                    rate=crowd.rate(now),
                    lag=sum(lags.values()),
                    wanted=wanted,
                    ready=sum(w.leaving is None and w.ready is not None and w.ready <= now for w in weavers),
                    leaving=sum(w.leaving is not None for w in weavers),
                    batch=decision.policy.batch_size,
                )
            )
    return run


def _wait(queues: dict[str, ConsumerQueue], now: float) -> float:
    waiting = [now - came for queue in queues.values() for came in queue.waiting]
    return sum(waiting) / len(waiting) if waiting else 0.0


def _follow(
    weavers: list[WeaverPod],
    queues: dict[str, ConsumerQueue],
    wanted: int,
    outcome: ScalingOutcome,
    now: float,
) -> None:
    """The Deployment. Of the pods that it may take away it takes the one whose batch has longest to go: the worst."""
    staying = [weaver for weaver in weavers if weaver.leaving is None]
    weavers.extend(WeaverPod(now) for _ in range(wanted - len(staying)))
    staying.sort(key=lambda weaver: weaver.until if weaver.batch else 0.0, reverse=True)
    for weaver in staying[: max(0, len(staying) - wanted)]:
        stop(weaver, queues, outcome, now)
