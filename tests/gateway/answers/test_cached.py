"""An answer that many ask for is asked for once, and asked for anew when it is old or something was changed."""

import asyncio

import pytest

from services.gateway.admin.cached import Cached


class Look:
    """Answers, or fails, when it is let; counts how often it was asked."""

    def __init__(self):
        self.asked, self.go, self.error = 0, asyncio.Event(), None

    async def __call__(self):
        self.asked += 1
        await self.go.wait()
        if self.error:
            raise self.error
        return self.asked


async def test_ten_who_ask_together_and_one_who_comes_later_cost_one_look():
    look = Look()
    kept = Cached(look, 3600)
    asking = [asyncio.create_task(kept.get()) for _ in range(10)]
    while not look.asked:
        await asyncio.sleep(0)
    look.go.set()
    assert await asyncio.gather(*asking, kept.get()) == [1] * 11
    kept.forget()
    assert await kept.get() == 2
    await kept.close()


async def test_an_old_answer_is_not_kept():
    look = Look()
    look.go.set()
    kept = Cached(look, 0)
    assert (await kept.get(), await kept.get()) == (1, 2)


async def test_a_failure_is_told_to_all_who_wait_and_is_not_the_last_word():
    look = Look()
    look.error = OSError("away")
    kept = Cached(look, 3600)
    asking = [asyncio.create_task(kept.get()) for _ in range(3)]
    look.go.set()
    failures = await asyncio.gather(*asking, return_exceptions=True)
    assert look.asked == 1 and all(failure is look.error for failure in failures)
    look.error = None
    kept.forget()
    assert await kept.get() == 2


async def test_who_goes_away_takes_the_look_from_nobody():
    look = Look()
    kept = Cached(look, 3600)
    gone, stays = asyncio.create_task(kept.get()), asyncio.create_task(kept.get())
    while not look.asked:
        await asyncio.sleep(0)
    gone.cancel()
    with pytest.raises(asyncio.CancelledError):
        await gone
    look.go.set()
    assert await stays == 1
    await kept.close()


async def test_closed_it_waits_for_nothing():
    look = Look()
    kept = Cached(look, 3600)
    waiting = asyncio.create_task(kept.get())
    while not look.asked:
        await asyncio.sleep(0)
    await kept.close()
    with pytest.raises(asyncio.CancelledError):
        await waiting
