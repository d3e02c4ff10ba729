"""What a worker counts of its forward passes."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from engines_told import told
from prometheus_client import CollectorRegistry

from inference.engine import no_progress
from inference.registry import create
from schemas.jobs import SPECS
from schemas.jobs.base import JobError
from services.worker.job.settle import Action, Settlement
from services.worker.measurements.metrics import Metered, WorkerMetrics, WorkerRegistry


class Held:
    """An engine whose passes last until they are let go."""

    def __init__(self):
        engine, _ = create("try_on", "simulated", told(simulated_a=0, simulated_b=0))
        self.info, self.load, self.example, self.bucket = (
            engine.info,
            engine.load,
            engine.example,
            engine.bucket,
        )
        self.running, self.go = threading.Event(), threading.Event()

    def run(self, batch, progress, /):
        self.running.set()
        assert self.go.wait(600)
        if len(batch) > 1:
            raise MemoryError("the device is full")
        return batch


@pytest.fixture
def registry():
    return CollectorRegistry()


def _busy(registry):
    return registry.get_sample_value("proteus_worker_busy_seconds_total", {"kind": "try_on"})


def test_the_busy_seconds_run_while_a_pass_runs_and_stand_still_after_it(registry):
    held = Held()
    engine = Metered(held, WorkerMetrics(WorkerRegistry(registry), SPECS["try_on"]))
    assert _busy(registry) == 0
    with ThreadPoolExecutor(1) as thread:
        ran = thread.submit(engine.run, [engine.example()], no_progress)
        assert held.running.wait(60)
        seen = [_busy(registry)]
        while len(seen) < 5:  # each later than the one before: a long pass is seen before it ends
            now = _busy(registry)
            assert now >= seen[-1]
            if now > seen[-1]:
                seen.append(now)
        held.go.set()
        ran.result(60)
    after = _busy(registry)
    assert after >= seen[-1]
    assert _busy(registry) == after


def test_a_pass_counts_once_with_its_size_also_when_it_fails(registry):
    held = Held()
    held.go.set()
    engine = Metered(held, WorkerMetrics(WorkerRegistry(registry), SPECS["try_on"]))
    engine.run([engine.example()], no_progress)
    with pytest.raises(MemoryError):
        engine.run([engine.example()] * 4, no_progress)
    kind = {"kind": "try_on"}
    assert registry.get_sample_value("proteus_worker_batch_size_count", kind) == 2
    assert registry.get_sample_value("proteus_worker_batch_size_sum", kind) == 5
    assert registry.get_sample_value("proteus_worker_pass_seconds_count", kind) == 2


def test_a_price_that_is_not_known_costs_nothing_that_is_shown(registry):
    WorkerMetrics(WorkerRegistry(registry), SPECS["try_on"])
    assert registry.get_sample_value("proteus_worker_cost_total", {"kind": "try_on"}) is None


def test_the_cost_runs_also_while_nothing_is_done(registry):
    WorkerMetrics(WorkerRegistry(registry, 2.5), SPECS["try_on"])
    first = registry.get_sample_value("proteus_worker_cost_total", {"kind": "try_on"})
    while registry.get_sample_value("proteus_worker_cost_total", {"kind": "try_on"}) <= first:
        pass
    assert _busy(registry) == 0


def test_a_retry_is_no_ending(registry):
    metrics = WorkerMetrics(WorkerRegistry(registry), SPECS["tailor"])
    error = JobError(code="storage_unavailable", message="Storage did not answer.")
    metrics.settled(Settlement(Action.RETRY, error, 1.0))
    metrics.settled(Settlement(Action.BURY, error))
    assert registry.get_sample_value("proteus_worker_retries_total", {"kind": "tailor"}) == 1
    assert registry.get_sample_value("proteus_worker_jobs_total", {"kind": "tailor", "status": "failed"}) == 0
