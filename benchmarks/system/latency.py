"""Submit-to-event time: from the moment a try-on is due to the `completed` message on its owner's socket."""

from benchmarks.processor import milliseconds_each, spent
from benchmarks.system.load import crowd, send

USERS = 4
_WARM_UP = 20


async def measure(url: str, rate: float, seconds: float) -> dict[str, float]:
    """``rate`` jobs/s at even distances for ``seconds``; milliseconds, those of the processors a job.

    Of a system that this process did not start the client's processor time alone is known.
    """
    async with crowd(url, USERS) as users:
        for count in (_WARM_UP, round(rate * seconds)):
            before = spent()
            sent = await send(users, [number / rate for number in range(count)])
            await users.until(count, sent.due, 120)
        cost = milliseconds_each(before, count)
    return {"rate": rate, **sent.figures(users.ended), **cost}
