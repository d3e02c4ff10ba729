"""Hostile files: each gets a reason in time, and the worker goes on."""

import asyncio
import io
import os
import random
import struct
import sys
import tempfile
import tracemalloc

import numpy as np
import psutil
import pytest
from hostile_pictures import mutate
from PIL import Image

import inference.decode.process as decoding
from inference.errors import EngineFault, PictureError
from services.worker.decode.decoder import Decoder

#: A decoder of the tests' own: some files kill it, some hang it, as they once did with real ones.
FRAGILE = """
import os, sys, time
import inference.decode.process as decoding
honest = decoding.decode
def decode(data, **more):
    if data.startswith(b"kill"): os.abort()
    if data.startswith(b"hang"): time.sleep(3600)
    if data.startswith(b"once "):
        mark, data = data.removeprefix(b"once ").split(b" ", 1)
        if not os.path.exists(mark):
            open(mark, "x").close()
            time.sleep(3600)
    return honest(data, **more)
decoding.decode = decode
decoding.serve(sys.stdin.buffer, sys.stdout.buffer, int(sys.argv[1]))
"""


def _file(kind: str = "PNG", size: tuple[int, int] = (64, 48)) -> bytes:
    rng = np.random.default_rng(7)
    buffer = io.BytesIO()
    Image.fromarray(rng.integers(0, 256, (*size[::-1], 3), dtype=np.uint8)).save(buffer, kind)
    return buffer.getvalue()


@pytest.fixture
async def fragile(request):
    """Gives a file a minute, or the seconds that a test names because one of its files hangs."""
    seconds = getattr(request, "param", 60.0)
    decoder = Decoder(2, seconds=seconds, command=(sys.executable, "-c", FRAGILE))
    yield decoder
    await decoder.close()


@pytest.fixture
async def decoder():
    decoder = Decoder(2)
    yield decoder
    await decoder.close()


async def test_a_picture_comes_back_as_it_is(decoder):
    data = _file()
    picture = await decoder.decode(data)
    assert picture.mode == "RGB" and picture.size == (64, 48)
    assert picture.tobytes() == Image.open(io.BytesIO(data)).tobytes()


@pytest.mark.parametrize("mode", ["RGB", "RGBA"])
async def test_a_picture_of_many_bands_comes_back_as_it_is(decoder, mode):
    rng = np.random.default_rng(7)
    pixels = rng.integers(0, 255, (700, 90, len(mode)), dtype=np.uint8)  # nowhere opaque
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, "PNG")
    picture = await decoder.decode(buffer.getvalue(), ours=True)
    assert (picture.mode, picture.size, picture.tobytes()) == (mode, (90, 700), pixels.tobytes())


async def test_pixels_that_are_fetched_are_not_held_twice(decoder):
    side = 2000
    buffer = io.BytesIO()
    Image.new("RGB", (side, side), "navy").save(buffer, "PNG")
    await decoder.decode(_file())
    tracemalloc.start()  # knows Python's memory, and not that of Pillow's own pictures
    try:
        await decoder.decode(buffer.getvalue())
        most = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert most < 3 * side * side / 2


def test_a_file_is_held_once_while_it_is_decoded(monkeypatch):
    file, held = 8 * 2**20, []

    def decode(_data, **_more):
        held.append(tracemalloc.get_traced_memory()[0] - before)
        return Image.new("RGB", (1, 1))

    monkeypatch.setattr(decoding, "decode", decode)
    asked = struct.pack(">I", 1 + file) + b"\0" + bytes(file)
    with tempfile.TemporaryFile() as pixels:
        source, sink = io.BufferedReader(io.BytesIO(asked)), io.BytesIO()
        tracemalloc.start()
        try:
            before = tracemalloc.get_traced_memory()[0]
            decoding.serve(source, sink, pixels.fileno())
        finally:
            tracemalloc.stop()
    assert len(held) == 1 and file <= held[0] < 1.5 * file


async def test_a_reason_comes_back_as_it_is(decoder):
    with pytest.raises(PictureError) as refused:
        await decoder.decode(b"not a picture at all")
    assert refused.value.code == "picture_type"


HANGS = 5.0


@pytest.mark.parametrize(("what", "fragile"), [(b"kill", 60.0), (b"hang", HANGS)], indirect=["fragile"])
async def test_a_file_that_kills_or_hangs_its_decoder_is_refused_and_the_next_ones_are_read(fragile, what):
    good = [fragile.decode(_file()) for _ in range(4)]
    outcomes = await asyncio.gather(fragile.decode(what), *good, return_exceptions=True)
    assert isinstance(outcomes[0], PictureError) and outcomes[0].code == "picture_unreadable"
    assert all(isinstance(picture, Image.Image) for picture in outcomes[1:])
    assert (await fragile.decode(_file())).size == (64, 48)


@pytest.mark.parametrize("fragile", [HANGS], indirect=True)
async def test_a_picture_whose_decoder_stood_still_is_read_by_another(fragile, tmp_path):
    """As when the host takes the machine away for some seconds: nothing is wrong with the picture."""
    data = b"once " + bytes(tmp_path / "mark") + b" " + _file()
    assert (await fragile.decode(data)).size == (64, 48)
    assert (tmp_path / "mark").exists()


async def test_a_picture_whose_decoder_was_killed_while_it_was_idle_is_read(fragile):
    await asyncio.gather(*(fragile.decode(_file()) for _ in range(2)))
    for child in psutil.Process().children():
        if "decoding.serve" in " ".join(child.cmdline()):
            child.kill()
    assert (await fragile.decode(_file())).size == (64, 48)


async def test_a_machine_that_starts_no_decoder_is_not_the_pictures_fault():
    for command in ((sys.executable, "-c", "raise SystemExit(1)"), ("/nowhere",)):
        decoder = Decoder(1, command=command)
        for _ in range(2):
            with pytest.raises(EngineFault):
                await decoder.decode(_file())
        await decoder.close()


async def test_what_is_given_up_leaves_no_answer_behind_for_the_next(fragile):
    task = asyncio.create_task(fragile.decode(b"hang"))
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert (await fragile.decode(_file(size=(40, 50)))).size == (40, 50)


@pytest.mark.slow
async def test_mutated_pictures_each_get_pixels_or_a_reason(decoder):
    """PROTEUS_MUTATIONS pictures; 10,000 take some minutes."""
    count = int(os.environ.get("PROTEUS_MUTATIONS", "400"))
    sources = [_file(kind) for kind in ("JPEG", "PNG", "WEBP", "AVIF")]
    rng = random.Random(11)
    outcomes = {"read": 0, "refused": 0}

    async def one(data: bytes) -> None:
        try:
            await decoder.decode(data)
            outcomes["read"] += 1
        except PictureError as error:
            assert error.code.startswith("picture_") and error.message
            outcomes["refused"] += 1

    for _ in range(0, count, 2):
        await asyncio.gather(*(one(mutate(rng, rng.choice(sources))) for _ in range(2)))
    print(f"{count} mutated pictures: {outcomes}")
    assert sum(outcomes.values()) == count and min(outcomes.values()) > 0


#: A worker that decodes one picture, says which process did it, and waits to be killed.
WORKER = """
import asyncio, io, psutil
from PIL import Image
from services.worker.decode.decoder import Decoder
async def main():
    buffer = io.BytesIO()
    Image.new("RGB", (64, 64)).save(buffer, "PNG")
    decoder = Decoder(1)
    await decoder.decode(buffer.getvalue())
    print(psutil.Process().children()[0].pid, flush=True)
    await asyncio.sleep(60)
asyncio.run(main())
"""


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere it ends when it next reads")
async def test_a_decoder_that_is_stopped_dies_with_a_worker_that_is_killed():
    worker = await asyncio.create_subprocess_exec(
        sys.executable, "-c", WORKER, stdout=asyncio.subprocess.PIPE
    )
    assert worker.stdout is not None
    decoder = psutil.Process(int(await asyncio.wait_for(worker.stdout.readline(), 60)))
    decoder.suspend()
    worker.kill()
    await worker.wait()
    async with asyncio.timeout(60):
        while (
            decoder.is_running() and decoder.status() != psutil.STATUS_ZOMBIE
        ):  # nobody may be there to reap it
            await asyncio.sleep(0.05)
