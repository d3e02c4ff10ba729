"""Fit: the caller's own measures and garment, in the place of the names by which the body asks for them."""

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

from schemas.jobs.fit import FitBody, FitChart, FitMeasures
from services.gateway.db.models import Garment, UserBody
from services.gateway.errors import ApiError
from services.gateway.garments.own import own_garment, stretch_class


async def fill(engine: AsyncEngine, user_id: str, body: FitBody) -> FitBody:
    """The body with everything in it that its request needs.

    Raises 404 for a garment that is not the caller's and for measures that nobody told, 409 for a garment without a
    chart, or without a class where the body names none.
    """
    async with AsyncSession(engine) as db:
        measures = await _measures(db, user_id) if body.body == "me" else body.body
        told = {"body": measures, "stretch": body.stretch or "unknown"}
        if body.garment_id is not None:
            garment = await own_garment(db, user_id, body.garment_id)
            told["garment_class"] = body.garment_class or garment.garment_class
            told["stretch"] = body.stretch or stretch_class(garment)
            told["chart"] = _chart(garment)
            if told["garment_class"] is None:
                raise ApiError(409, "garment_class_missing", "Nobody has said what kind of garment it is.")
    return body.model_copy(update=told)


async def _measures(db: AsyncSession, user_id: str) -> FitMeasures:
    query = select(UserBody.measures).where(UserBody.user_id == user_id)
    stored = (await db.execute(query)).scalar_one_or_none()
    if not stored:
        raise ApiError(404, "body_not_found", "You have told no measures yet: PUT /user/body first.")
    return FitMeasures(
        **{name: float(measure["value"]) for name, measure in stored.items()},
        estimated=[name for name, measure in stored.items() if measure["source"] == "estimated"],
    )


def _chart(garment: Garment) -> FitChart:
    """One that nobody confirmed loses what its reader thought of it, so that no size is named however sure that was."""
    if garment.chart is None:
        raise ApiError(409, "chart_missing", "The garment has no size chart.")
    chart = FitChart.model_validate({**garment.chart, "confirmed": garment.chart_confirmed})
    if chart.confirmed:
        return chart
    rows = [[cell and cell.model_copy(update={"confidence": None}) for cell in row] for row in chart.rows]
    return chart.model_copy(update={"rows": rows})
