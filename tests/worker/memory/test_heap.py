"""How much of a worker's memory is the system's again once its pictures are gone."""

import subprocess
import sys

import pytest

#: What is left of four pictures of 12 megapixels, in MiB.
PICTURES = """
import psutil
from PIL import Image
from services.worker.heap import use_one_heap
use_one_heap()
before = psutil.Process().memory_info().rss
pictures = [Image.new("RGB", (3547, 3547), "navy") for _ in range(4)]
most = psutil.Process().memory_info().rss
del pictures
print((most - before) // 2**20, (psutil.Process().memory_info().rss - before) // 2**20)
"""
#: What a small job, then a large one leaves of 120 MiB below a block that stays, in MiB.
PLANES = """
import asyncio, sys
import psutil
from services.worker.decode.memory import Memory
from services.worker.heap import give_back, use_one_heap
use_one_heap()
before = psutil.Process().memory_info().rss
with Memory(2**30).share() as share:
    planes = [bytearray(b"1") * 2**23 for _ in range(15)]
    stays = bytearray(b"1") * 2**20
    del planes
    for held in (12 * 2**20, 200 * 2**20):
        share.keep(held)
        asyncio.run(give_back(share))
        print((psutil.Process().memory_info().rss - before) // 2**20)
"""


def _run(code: str) -> list[int]:
    run = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=120
    )
    return [int(word) for word in run.stdout.split()]


@pytest.mark.skipif(sys.platform != "linux", reason="of glibc alone")
def test_the_room_of_large_pictures_is_given_back():
    run = subprocess.run(
        [sys.executable, "-c", PICTURES], capture_output=True, text=True, check=True, timeout=120
    )
    most, left = map(int, run.stdout.split())
    print(f"{most} MiB at most, {left} MiB afterwards")
    assert most > 180 and left < 0.1 * most


@pytest.mark.skipif(sys.platform != "linux", reason="of glibc alone")
def test_after_a_large_job_alone_the_heap_is_given_back():
    small, large = _run(PLANES)
    print(f"{small} MiB after a small job, {large} MiB after a large one")
    assert small > 100 and large < 20
