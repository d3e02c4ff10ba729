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


@pytest.mark.skipif(sys.platform != "linux", reason="of glibc alone")
def test_the_room_of_large_pictures_is_given_back():
    run = subprocess.run(
        [sys.executable, "-c", PICTURES], capture_output=True, text=True, check=True, timeout=120
    )
    most, left = map(int, run.stdout.split())
    print(f"{most} MiB at most, {left} MiB afterwards")
    assert most > 180 and left < 0.1 * most
