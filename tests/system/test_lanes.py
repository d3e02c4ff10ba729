"""Three times more than can be done, a fifth of it vip: who paid for speed gets it, and nobody starves."""

from benchmarks.lanes import measure
from benchmarks.load import started


async def test_vip_waits_a_quarter_at_most_and_the_standard_lane_goes_on():
    async with started(0.08, 0.02) as system:
        found = await measure(system.url, capacity=33.3, seconds=5, seed=1, users=10)
    assert found["jobs"] > 400
    assert found["ratio"] <= 0.25
    assert found["standard_done_meanwhile"] > 0
