"""The jobs of an outfit: one for each garment, each on the picture of the one before."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

from schemas.api.outfits import OutfitGarment
from schemas.jobs.try_on import GarmentPart, TryOnOptions
from services.gateway.db.models import Job, Vton
from services.gateway.garments.own import own_garment
from services.gateway.jobs.kinds.try_on import try_on
from services.gateway.jobs.submit import Asked, Wanted


@dataclass(frozen=True)
class Worn:
    """A garment by its picture, and its cut-out where it has one."""

    key: str
    part: GarmentPart
    cleaned: str | None = None
    garment_id: str | None = None


async def worn(engine: AsyncEngine, user_id: str, garments: Sequence[OutfitGarment]) -> list[Worn]:
    """With what the user keeps of those that are named. Raises 404 for a garment that is not theirs."""
    async with AsyncSession(engine) as db:
        return [await _worn(db, user_id, garment) for garment in garments]


async def _worn(db: AsyncSession, user_id: str, garment: OutfitGarment) -> Worn:
    if garment.garment_id is None:
        assert garment.key is not None  # one of them is given
        return Worn(garment.key, garment.part or GarmentPart.UPPER)
    kept = await own_garment(db, user_id, garment.garment_id)
    return Worn(kept.picture_keys[0], garment.part or GarmentPart(kept.part), kept.cleaned_key, kept.id)


def dress(
    snap: str, garments: Sequence[Worn], options: TryOnOptions, asked: Asked
) -> tuple[Wanted, list[Job]]:
    """All jobs, and those that put the garments on, in their order."""
    wanted: Wanted | None = None
    jobs: list[Job] = []
    for garment in garments:
        one = Vton(
            user_id=asked.user_id,
            user_snap_s3=snap,
            uncleaned_outfit_s3=garment.key,
            cleaned_outfit_s3=garment.cleaned,
        )
        # A pose is of the photo: the picture that a garment comes onto next may have another size.
        own = options.model_copy(
            update={"garment": garment.part, "pose": options.pose if wanted is None else None}
        )
        wanted = try_on(one, own, asked, over=wanted)
        jobs.append(wanted.job)
    assert wanted is not None  # there is one garment at least
    return wanted, jobs
