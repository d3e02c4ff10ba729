"""Try-on: the VTON shows the newest one, which may need a cut-out of its garment first."""

from dataclasses import replace

from schemas.jobs.try_on import SPEC, TryOnBody, TryOnOptions, TryOnParams
from services.gateway.db.models import JobNeed, Vton
from services.gateway.jobs.kinds.base import Rules, use_garment
from services.gateway.jobs.kinds.tailor import cut_out
from services.gateway.jobs.submit import UNREPEATED, Asked, Wanted, after, alone, draft, need, together


def keys(body: TryOnBody) -> tuple[str, ...]:
    """Both pictures."""
    return (body.user_snap_s3, body.uncleaned_outfit_s3)


def make(body: TryOnBody, vton: Vton, asked: Asked) -> Wanted:
    """A try-on of the body's pictures."""
    vton.user_snap_s3 = body.user_snap_s3
    use_garment(vton, body.uncleaned_outfit_s3)
    return try_on(vton, body.options, asked)


def try_on(vton: Vton, options: TryOnOptions, asked: Asked, over: Wanted | None = None) -> Wanted:
    """A try-on of the VTON's pictures; behind a cut-out when the garment has none and is to have one.

    ``over`` another try-on, it is of the person in that one's result.
    """
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
    needs: list[JobNeed] = []
    first = over
    if over is not None:
        needs.append(need(job, over.job, "result_s3_key", "user_snap_s3", own=False))
    if options.clean and garment is None:
        cut = cut_out(vton, options.garment, replace(asked, repeat=UNREPEATED))
        needs.append(need(job, cut.job, "result_s3_key", "garment_s3", own=True))
        if over is None:
            cut.job.then_job_id = job.id  # for a gateway of the version before, should it hear of the end
        first = cut if over is None else together(over, cut)
    return alone(job, asked) if first is None else after(first, job, asked, needs)


RULES = Rules(
    keys, make, lane=lambda body: body.options.lane, pictures=lambda body: int(body.options.samples)
)
