"""Modelled weavers: they hold what the real ones hold, and end as the real ones end."""

from collections import deque
from dataclasses import dataclass, field

LANES = ("weaver-vip", "weaver")  # by their consumers; vip first


@dataclass(frozen=True)
class Machine:
    """What is assumed of a weaver, and what its manifest says (``drain`` and ``grace``)."""

    start: float  # a node, the weights, the model, the warm-up
    alone: float  # seconds of a forward pass…
    each: float  # …and of each picture in it
    drain: float
    grace: float
    gpus: int


@dataclass
class ConsumerQueue:
    """One consumer: when each job came, and how many of its jobs weavers hold."""

    waiting: deque[float] = field(default_factory=deque)
    held: int = 0

    @property
    def lag(self) -> int:
        """num_pending + num_ack_pending."""
        return len(self.waiting) + self.held


@dataclass
class WeaverPod:
    """One pod. ``batch`` and ``next`` are (lane, when it came)."""

    born: float
    placed: float | None = None  # when a GPU was free for it
    ready: float | None = None
    leaving: float | None = None  # since SIGTERM
    batch: list[tuple[str, float]] = field(default_factory=list)
    until: float = 0.0
    next: list[tuple[str, float]] = field(default_factory=list)


@dataclass
class ScalingOutcome:
    """What became of jobs: ``waits`` from coming to being done; ``killed``: in a batch that did not end in time."""

    waits: list[float] = field(default_factory=list)
    killed: int = 0
    drained: int = 0  # pods stopped while a batch ran
    given_back: int = 0
    gpu_seconds: float = 0.0


def stop(weaver: WeaverPod, queues: dict[str, ConsumerQueue], outcome: ScalingOutcome, now: float) -> None:
    """SIGTERM: what has not started goes back at once; the running batch goes on."""
    weaver.leaving = now
    outcome.drained += bool(weaver.batch)
    outcome.given_back += len(weaver.next)
    _give_back(weaver.next, queues)
    weaver.next = []


def step(
    weavers: list[WeaverPod],
    queues: dict[str, ConsumerQueue],
    size: int,
    machine: Machine,
    outcome: ScalingOutcome,
    now: float,
) -> list[WeaverPod]:
    """One tick: batches end and begin, pods start and go. Returns the pods that are still there."""
    there = []
    for weaver in weavers:
        if weaver.batch and now >= weaver.until:
            for lane, came in weaver.batch:
                queues[lane].held -= 1
                outcome.waits.append(weaver.until - came)
            weaver.batch = []
        if weaver.leaving is not None:
            patience = min(machine.drain, machine.grace)
            if weaver.batch and now >= weaver.leaving + patience:
                outcome.killed += len(weaver.batch)
                _give_back(weaver.batch, queues)
                weaver.batch = []
            if not weaver.batch:
                continue
        there.append(weaver)
    _place(there, machine, now)
    for weaver in there:
        if weaver.leaving is None and weaver.ready is not None and weaver.ready <= now:
            _work(weaver, queues, size, machine, now)
    return there


def _place(weavers: list[WeaverPod], machine: Machine, now: float) -> None:
    """A GPU belongs to a pod until it is gone, drain included."""
    free = machine.gpus - sum(weaver.placed is not None for weaver in weavers)
    for weaver in weavers:
        if weaver.placed is None and weaver.leaving is None and free > 0:
            weaver.placed, weaver.ready, free = now, now + machine.start, free - 1


def _work(
    weaver: WeaverPod, queues: dict[str, ConsumerQueue], size: int, machine: Machine, now: float
) -> None:
    for lane in LANES:  # each lane's loop holds the running batch and the next one
        queue = queues[lane]
        room = 2 * size - sum(each == lane for each, _ in weaver.batch + weaver.next)
        for _ in range(min(room, len(queue.waiting))):
            weaver.next.append((lane, queue.waiting.popleft()))
            queue.held += 1
    if not weaver.batch and weaver.next:
        weaver.next.sort(key=lambda job: LANES.index(job[0]))
        weaver.batch, weaver.next = weaver.next[:size], weaver.next[size:]
        weaver.until = now + machine.alone + machine.each * len(weaver.batch)


def _give_back(jobs: list[tuple[str, float]], queues: dict[str, ConsumerQueue]) -> None:
    for lane, came in reversed(jobs):
        queues[lane].held -= 1
        queues[lane].waiting.appendleft(came)
