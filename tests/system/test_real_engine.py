"""FASHN VTON through the running system, on tiny weights: each part of the body, photos of both shapes, by the CLI."""

import asyncio
import os
import sys
from pathlib import Path

import numpy as np
from loopback import http_client
from numpy.typing import NDArray
from PIL import Image
from tiny_fashn import lay

SAMPLES = Path(__file__).parents[2] / "samples" / "drawn"
UPRIGHT, WIDE = (360, 480), (900, 400)
TRIES = (("upper", UPRIGHT), ("lower", WIDE), ("overall", UPRIGHT), ("overall", WIDE))


def _photo(size: tuple[int, int], path: Path) -> Path:
    """The sample's person in the middle of a photo."""
    person = Image.open(SAMPLES / "person.jpg").convert("RGB")
    person.thumbnail(size)
    photo = Image.new("RGB", size, (180, 190, 200))
    photo.paste(person, ((size[0] - person.width) // 2, size[1] - person.height))
    photo.save(path)
    return path


def _levels(path: Path) -> NDArray[np.int16]:
    with Image.open(path) as picture:
        return np.asarray(picture.convert("RGB"), np.int16)


async def _tryon(*arguments: str | Path, home: Path) -> None:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "services.cli", "tryon", *map(str, arguments),
        env={**os.environ, "HOME": str(home)}, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    _, said = await asyncio.wait_for(process.communicate(), 600)
    assert process.returncode == 0, said.decode()


async def test_every_part_comes_back_at_the_photos_size_whatever_its_shape(up, tmp_path: Path) -> None:
    told = {"PROTEUS_WEIGHTS_DIR": str(lay(tmp_path / "weights")), "PROTEUS_DEVICE": "cpu"}
    system = await up("--engine", "auto", **told)
    async with http_client(system.url) as http:
        (weaver,) = [
            one for one in (await http.get("/readyz")).json()["workers"] if one["service"] == "weaver"
        ]
    assert (weaver["engine"], weaver["engine_reason"]) == ("fashn", "fashn is available")

    photos = {size: _photo(size, tmp_path / f"{size[0]}.png") for size in (UPRIGHT, WIDE)}
    done = [tmp_path / f"{part}-{size[0]}.jpg" for part, size in TRIES]
    # Side by side: what waits for a forward pass together may share one.
    await asyncio.gather(
        *(
            _tryon(
                photos[size],
                SAMPLES / "shirt.jpg",
                "--part",
                part,
                "-o",
                to,
                "--url",
                system.url,
                home=tmp_path,
            )
            for (part, size), to in zip(TRIES, done, strict=True)
        )
    )
    for (part, size), path in zip(TRIES, done, strict=True):
        before, after = (_levels(one) for one in (photos[size], path))
        assert after.shape == (*size[::-1], 3), part
        apart = np.abs(after - before).max(axis=2)
        assert (apart > 40).mean() > 0.02, "something was painted"
        if size[0] > size[1]:  # beyond the portrait around the person, the photo as it was, but for its JPEG
            assert apart[:, :150].max() < 12 and apart[:, -150:].max() < 12
