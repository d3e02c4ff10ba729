"""What a look at a photo of twelve megapixels costs: `python -m benchmarks.quality.photos`.

Each photo is looked at as `photo_check` does, by two threads, and never twice. Prints the median in milliseconds by the
clock, which says something on an idle machine alone, and of the processor, both threads together.
"""

import sys
import time
from statistics import median

from benchmarks.quality.thresholds import GARMENTS, PEOPLE, sample
from inference.check.checker import checker
from inference.tasks.photo_check import Photo
from inference.threads import limit_threads
from schemas.jobs.try_on import GarmentPart

SIZE = (3000, 4000)
ROUNDS = 3
MOST = 400.0  # ms, the median


def main() -> int:
    """1 when the median of any kind of photo is above ``MOST`` by the clock."""
    limit_threads(2)
    say = sys.stdout.write
    say("| photo of | photos | median, ms | processor, ms |\n|---|---|---|---|\n")
    slow = False
    for role, names in (("person", PEOPLE), ("garment", tuple(GARMENTS))):
        clock, worked = [], []
        for number in range(ROUNDS * len(names)):
            photo = _photo(role, names[number % len(names)], number)
            began, used = time.perf_counter(), time.process_time()
            checker(2).check(photo)
            clock.append(1000 * (time.perf_counter() - began))
            worked.append(1000 * (time.process_time() - used))
        del clock[0], worked[0]  # everything is loaded now
        say(f"| {role} | {len(clock)} | {median(clock):.0f} | {median(worked):.0f} |\n")
        slow |= median(clock) > MOST
    return int(slow)


def _photo(role: str, name: str, number: int) -> Photo:
    """Of twelve megapixels, and like no other: a corner differs."""
    picture = sample(f"{'people' if role == 'person' else 'garments'}/{name}").resize(SIZE)
    picture.paste((number, number, number), (0, 0, 8, 8))
    part = GarmentPart.UPPER if role == "person" else GarmentPart(GARMENTS[name])
    return Photo(picture, "person" if role == "person" else "garment", part)


if __name__ == "__main__":
    sys.exit(main())
