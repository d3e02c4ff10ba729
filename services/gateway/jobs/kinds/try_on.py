"""Try-on: the VTON shows the newest one, which may need a cut-out of its garment first."""

from dataclasses import replace

from schemas.jobs.try_on import SPEC, TryOnBody, TryOnOptions, TryOnParams
from services.gateway.db.models import Vton
from services.gateway.jobs.kinds.base import Rules, use_garment
from services.gateway.jobs.kinds.tailor import cut_out
from services.gateway.jobs.submit import UNREPEATED, Asked, Wanted, after, alone, draft, need


def keys(body: TryOnBody) -> tuple[str, ...]:
    """Both pictures."""
    return (body.user_snap_s3, body.uncleaned_outfit_s3)


def make(body: TryOnBody, vton: Vton, asked: Asked) -> Wanted:
    """A try-on of the body's pictures."""
    vton.user_snap_s3 = body.user_snap_s3
    use_garment(vton, body.uncleaned_outfit_s3)
    return try_on(vton, body.options, asked)


def try_on(vton: Vton, options: TryOnOptions, asked: Asked) -> Wanted:
    """A try-on of the VTON's pictures; behind a cut-out when the garment has none and is to have one."""
    garment = vton.cleaned_outfit_s3 if options.clean else None
    job = draft(
        SPEC,
        asked,
        options.lane,
        user_snap_s3=vton.user_snap_s3,
        garment_s3=garment or vton.uncleaned_outfit_s3,
        params=TryOnParams.model_validate(options.model_dump(include=set(TryOnParams.model_fields))),
        check=options.check,
        samples=options.samples,
    )
    if not options.clean or garment is not None:
        return alone(job, asked)
    first = cut_out(vton, options.garment, replace(asked, repeat=UNREPEATED))
    first.job.then_job_id = job.id  # for a gateway of the version before, should it hear of the end
    return after(first, job, asked, [need(job, first.job, "result_s3_key", "garment_s3", own=True)])


RULES = Rules(
    keys, make, lane=lambda body: body.options.lane, pictures=lambda body: int(body.options.samples)
)
