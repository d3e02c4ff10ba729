"""Tailor: a cut-out of the garment that its VTON is about."""

from schemas.jobs.tailor import SPEC, TailorBody
from schemas.jobs.try_on import GarmentPart
from services.gateway.db.models import Vton
from services.gateway.jobs.kinds.base import Rules, use_garment
from services.gateway.jobs.submit import Asked, Wanted, alone, draft


def keys(body: TailorBody) -> tuple[str, ...]:
    """The garment picture."""
    return (body.uncleaned_outfit_s3,)


def make(body: TailorBody, vton: Vton, asked: Asked) -> Wanted:
    """A cut-out of the body's garment."""
    use_garment(vton, body.uncleaned_outfit_s3)
    return cut_out(vton, body.garment, asked)


def cut_out(vton: Vton, garment: GarmentPart, asked: Asked) -> Wanted:
    """A cut-out of the VTON's garment."""
    return alone(draft(SPEC, asked, uncleaned_outfit_s3=vton.uncleaned_outfit_s3, garment=garment), asked)


RULES = Rules(keys, make)
