"""Submit-to-event time: from the moment a try-on is due to the `completed` message on its owner's socket."""

from benchmarks.load import crowd, send

USERS = 4
_WARM_UP = 20


async def measure(url: str, rate: float, seconds: float) -> dict[str, float]:
    """``rate`` jobs/s at even distances for ``seconds``; milliseconds."""
    async with crowd(url, USERS) as users:
        for count in (_WARM_UP, round(rate * seconds)):
            sent = await send(users, [number / rate for number in range(count)])
            await users.until(count, sent.due, 120)
    return {"rate": rate, **sent.figures(users.ended)}
