"""The event loop: jobs come, weavers take them, passes end, the arbitrator looks, KEDA scales. No clock but its own."""

import heapq
import itertools
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from math import ceil
from typing import Protocol

from benchmarks.policy.traces import Arrival
from schemas.policy import WeaverPolicy
from schemas.quality import Quality
from schemas.workers import ServiceTimes
from services.arbitrator.decision import Policy, Queue, State
from services.worker.prefetch import STANDARD_SHARE

LOOK = 0.5


class Scaler(Protocol):
    """How many weavers there should be, asked every ``every`` seconds."""

    every: float

    def wanted(self, lags: dict[bool, int], current: int, now: float) -> int: ...


@dataclass
class SimulatedJob:
    """One request and what became of it. ``vip`` has its own lane; times in seconds."""

    at: float
    vip: bool
    taken: float = 0.0
    begun: float = 0.0
    ended: float | None = None
    quality: Quality = Quality.FULL
    batch: int = 0


@dataclass
class SimulatedWeaver:
    """One worker: what is on its device and what it holds ahead of it."""

    ready: float
    ahead: list[SimulatedJob] = field(default_factory=list)
    running: list[SimulatedJob] = field(default_factory=list)
    measured: bool = False
    leaving: bool = False
    vips: int = 0  # taken in a row


@dataclass
class SimulationOutcome:
    """Of one run. Seconds of devices: those that they were busy, and those that they were paid for."""

    jobs: list[SimulatedJob]
    busy: float = 0.0
    paid: float = 0.0
    changes: int = 0
    seen: list[tuple[float, int, WeaverPolicy, int]] = field(default_factory=list)  # at, lag, policy, weavers


class _Simulation:
    def __init__(
        self, coming: Sequence[Arrival], policy: Policy, law: ServiceTimes, weavers: int, scaler: Scaler | None,
        start: float, overhead: float,
    ) -> None:  # fmt: skip
        self.jobs = [SimulatedJob(arrival.at, arrival.vip) for arrival in coming]
        self.outcome = SimulationOutcome(self.jobs)
        self.now, self.arrived, self.left = 0.0, 0, len(self.jobs)
        self._policy, self._law, self._scaler = policy, law, scaler
        self._start, self._overhead = start, overhead
        self._state, self._told = State(), WeaverPolicy()
        self._weavers = [SimulatedWeaver(0.0) for _ in range(weavers)]
        self._waiting: dict[bool, deque[SimulatedJob]] = {False: deque(), True: deque()}
        self._events: list[tuple[float, int, Callable[[], None]]] = []
        self._order = itertools.count()

    def run(self) -> SimulationOutcome:
        for job in self.jobs:
            self._after(job.at, lambda job=job: self._come(job))  # type: ignore[misc]
        self._after(0.0, self._look)
        if self._scaler is not None:
            self._after(0.0, self._scale)
        while self.left:
            at, _, event = heapq.heappop(self._events)
            self.outcome.paid += (at - self.now) * len(self._weavers)
            self.now = at
            event()
        return self.outcome

    def _after(self, at: float, event: Callable[[], None]) -> None:
        heapq.heappush(self._events, (at, next(self._order), event))

    def _come(self, job: SimulatedJob) -> None:
        self.arrived += 1
        self._waiting[job.vip].append(job)
        self._work()

    def _lags(self) -> dict[bool, int]:
        return {
            vip: len(waiting) + sum(j.vip == vip for w in self._weavers for j in w.ahead + w.running)
            for vip, waiting in self._waiting.items()
        }

    def _look(self) -> None:
        """As `streams.queue_lag.look_at_queue`: ages of the oldest and the newest of each lane that were not taken."""
        waiting = sum(map(len, self._waiting.values()))
        ages = sum(
            len(lane) * (self.now - (lane[0].at + lane[-1].at) / 2) for lane in self._waiting.values() if lane
        )
        measured = tuple(self._law if w.measured else None for w in self._weavers if w.ready <= self.now)
        queue = Queue(sum(self._lags().values()), ages / waiting if waiting else 0.0, self.arrived, measured)
        decision = self._policy.decide(queue, self._state, self.now)
        self._state = decision.state
        if decision.policy != self._told:
            self.outcome.changes += 1
            self._told = decision.policy
        self.outcome.seen.append((self.now, queue.lag, self._told, len(self._weavers)))
        self._after(self.now + LOOK, self._look)
        self._work()

    def _scale(self) -> None:
        assert self._scaler is not None
        staying = [weaver for weaver in self._weavers if not weaver.leaving]
        wanted = self._scaler.wanted(self._lags(), len(staying), self.now)
        for _ in range(wanted - len(staying)):
            self._weavers.append(SimulatedWeaver(self.now + self._start))
            self._after(self.now + self._start, self._work)
        for weaver in staying[wanted:]:  # it gives back what it has not begun, and ends with its pass
            weaver.leaving = True
            for job in reversed(weaver.ahead):
                self._waiting[job.vip].appendleft(job)
            weaver.ahead = []
        self._weavers = [w for w in self._weavers if w.running or not w.leaving]
        self._after(self.now + self._scaler.every, self._scale)
        self._work()

    def _work(self) -> None:
        for _ in range(2):  # what begins makes room ahead
            for weaver in sorted(self._weavers, key=lambda w: len(w.running) + len(w.ahead)):
                if weaver.ready <= self.now and not weaver.leaving:
                    self._take(weaver)
                    self._begin(weaver)

    def _take(self, weaver: SimulatedWeaver) -> None:
        """As `services.worker.prefetch`."""
        size = self._told.batch_size
        vips = sum(job.vip for job in weaver.ahead)
        room = {True: size - vips}
        room[False] = max(ceil(size * STANDARD_SHARE), size - vips) - (len(weaver.ahead) - vips)
        for vip in (True, False):
            for _ in range(min(room[vip], len(self._waiting[vip]))):
                job = self._waiting[vip].popleft()
                job.taken = self.now
                weaver.ahead.append(job)

    def _begin(self, weaver: SimulatedWeaver) -> None:
        if weaver.running or not weaver.ahead:
            return
        size, window = self._told.batch_size, self._told.window_ms / 1000
        first = min(job.taken for job in weaver.ahead)
        if len(weaver.ahead) < size and self.now < first + window - 1e-9:
            self._after(first + window, self._work)
            return
        weaver.running = [self._pick(weaver) for _ in range(min(size, len(weaver.ahead)))]
        seconds = self._law.at(len(weaver.running), self._told.quality)
        if self._told.degraded_mode and self._told.quality is Quality.FULL:
            side = min(1.0, 512 / self._law.long_side)  # the table's degraded mode: the size alone
            seconds = self._law.seconds(len(weaver.running), self._law.megapixels * side**2, self._law.steps)
        for job in weaver.running:
            job.begun, job.batch, job.quality = self.now, len(weaver.running), self._told.quality
            if self._told.degraded_mode and job.quality is Quality.FULL:
                job.quality = Quality.SMALL  # the nearest level: its size, with all steps
        self.outcome.busy += seconds
        self._after(self.now + seconds + self._overhead, lambda: self._end(weaver))

    @staticmethod
    def _pick(weaver: SimulatedWeaver) -> SimulatedJob:
        """As the batcher: vip first, but three in a row at most while a standard one waits."""
        standard = [job for job in weaver.ahead if not job.vip]
        vip = [job for job in weaver.ahead if job.vip]
        chosen = standard[0] if standard and (weaver.vips >= 3 or not vip) else (vip or standard)[0]
        weaver.vips = weaver.vips + 1 if chosen.vip and standard else 0
        weaver.ahead.remove(chosen)
        return chosen

    def _end(self, weaver: SimulatedWeaver) -> None:
        for job in weaver.running:
            job.ended = self.now
        self.left -= len(weaver.running)
        weaver.running, weaver.measured = [], True
        if weaver.leaving:
            self._weavers = [each for each in self._weavers if each is not weaver]
        self._work()


def simulate(
    coming: Sequence[Arrival], policy: Policy, law: ServiceTimes, weavers: int = 1, scaler: Scaler | None = None,
    start: float = 180.0, overhead: float = 0.0,
) -> SimulationOutcome:  # fmt: skip
    """Run until every job has ended.

    ``law`` is how long passes take, ``overhead`` the seconds between two of them, ``start`` those of a new weaver.
    """
    return _Simulation(coming, policy, law, weavers, scaler, start, overhead).run()
