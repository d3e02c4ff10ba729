"""What a worker still holds of a job that is over."""

import gc
import weakref
from collections.abc import Iterator

import pytest
from gated_engine import Gated


class Remembering(Gated):
    """Knows what it has made, and keeps none of it."""

    def __init__(self) -> None:
        super().__init__()
        self.made: list[weakref.ref] = []

    def run(self, batch, progress, /):
        outcomes = super().run(batch, progress)
        self.made += [weakref.ref(outcome) for outcome in outcomes]
        return outcomes


@pytest.fixture
def no_collector() -> Iterator[None]:
    gc.disable()
    yield
    gc.enable()


async def test_its_pictures_go_at_once_without_the_cyclic_collector(bench, no_collector):
    engine = Remembering()
    engine.open()
    async with bench.worker(engine=engine):
        await bench.ask()
        await bench.until(lambda seen: bench.endings())
        assert len(engine.made) == 2, "the warm-up's, and the job's"
        await engine.until(lambda: not any(outcome() for outcome in engine.made))
