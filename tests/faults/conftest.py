"""A storm of faults of one kind, and what it must leave behind."""

from collections.abc import Awaitable, Callable

import pytest

from benchmarks.faults.faults import FAULTS
from benchmarks.faults.run import missing, run_storm

Storm = Callable[..., Awaitable[None]]


@pytest.fixture
def storm(unmeasured: None) -> Storm:
    """``await storm("plain", seed=1, jobs=200, seconds=40)``: the faults of that site, and the promise."""

    async def run(needs: str, seed: int, jobs: int, seconds: float, users: int = 15) -> None:
        why = missing(needs)
        if why is not None:
            pytest.skip(f"the {needs} faults cannot be run here: {why}")
        faults = [fault for fault in FAULTS if fault.needs == needs]
        verdict = await run_storm(faults, seed, jobs, users, seconds)
        assert verdict.accepted == jobs
        assert verdict.faultless, verdict.problems()
        assert verdict.completed + verdict.failed == jobs

    return run
