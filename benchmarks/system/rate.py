"""The same for arrivals as shops have them: a seeded Poisson process."""

from random import Random

from benchmarks.system.load import crowd, send

_PATIENCE = 300.0


def poisson(rate: float, seconds: float, seed: int) -> list[float]:
    """When each request is due."""
    random, due, at = Random(seed), [], 0.0
    while (at := at + random.expovariate(rate)) < seconds:
        due.append(at)
    return due


async def measure(url: str, rate: float, seconds: float, seed: int, users: int) -> dict[str, float]:
    """Milliseconds from due to event."""
    async with crowd(url, users) as people:
        warm = await send(people, [0.0] * users)
        await people.until(users, warm.due, _PATIENCE)
        sent = await send(people, poisson(rate, seconds, seed))
        await people.until(len(sent.due), sent.due, _PATIENCE)
        return {"rate": rate, "seed": seed, **sent.figures(people.ended)}
