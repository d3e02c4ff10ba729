"""Routes of garments."""

from datetime import UTC, datetime
from typing import Any

from fastapi import APIRouter, Depends, Request
from sqlalchemy.ext.asyncio import AsyncSession

from schemas.api.base import Page
from schemas.api.garments import GarmentUpdate, GarmentView, GarmentWanted
from schemas.ids import new_id
from services.gateway.accounts.metering import metered
from services.gateway.accounts.own_rows import own_page
from services.gateway.accounts.sessions import SignedIn
from services.gateway.db.models import Garment
from services.gateway.db.transactions import in_transaction
from services.gateway.dependencies import Cursor, Db, Limit, Store
from services.gateway.errors import ApiError, responses
from services.gateway.garments.own import own_garment, stretch_class, used
from services.gateway.objects.keys import check_keys
from services.gateway.objects.unwanted import clear_soon, owe_removal
from services.gateway.parts import parts_of
from services.gateway.repeats import Idempotency, IdempotencyKey

router = APIRouter(prefix="/garments", tags=["garments"], dependencies=[Depends(metered)])


@router.post("", status_code=201, responses=responses(401, 403, 404, 413))
async def create_garment(
    request: Request,
    body: GarmentWanted,
    caller: SignedIn,
    db: Db,
    objects: Store,
    idempotency_key: IdempotencyKey = None,
) -> GarmentView:
    """A garment of uploaded pictures."""
    engine, told = parts_of(request).engine, body.model_dump(mode="json")
    repeat = Idempotency(idempotency_key, told)
    if (first := await repeat.first(engine, Garment, caller.id)) is not None:
        return _view(first)
    await check_keys(objects, caller, *_keys(body))
    now = datetime.now(UTC)
    garment = Garment(id=new_id(), user_id=caller.id, created_at=now, updated_at=now, **told)
    _check_confirmed(garment)
    return _view(await repeat.keep(engine, db, garment))


@router.get("", responses=responses(401))
async def list_garments(
    caller: SignedIn,
    db: Db,
    limit: Limit = 20,
    cursor: Cursor = None,
) -> Page[GarmentView]:
    """The caller's garments, newest first."""
    page, following = await own_page(db, Garment, caller.id, limit, cursor)
    return Page(items=[_view(garment) for garment in page], next_cursor=following)


@router.get("/{garment_id}", responses=responses(401, 404))
async def get_garment(garment_id: str, caller: SignedIn, db: Db) -> GarmentView:
    """One garment."""
    return _view(await own_garment(db, caller.id, garment_id))


@router.put("/{garment_id}", responses=responses(401, 403, 404, 409, 413))
async def update_garment(
    request: Request, garment_id: str, body: GarmentUpdate, caller: SignedIn, db: Db, objects: Store
) -> GarmentView:
    """Change it. A chart that changes is to be confirmed again; a picture that it had and nothing else uses goes."""
    await check_keys(objects, caller, *_keys(body))
    garment = await own_garment(db, caller.id, garment_id, lock=True)
    before = _pictures(garment)
    told: dict[str, Any] = body.model_dump(mode="json", exclude_unset=True)
    for always in ("part", "picture_keys"):
        if told.get(always) is None:
            told.pop(always, None)
    if "chart" in told and told["chart"] != garment.chart:
        told.setdefault("chart_confirmed", False)
    if "picture_keys" in told and told["picture_keys"][0] != garment.picture_keys[0]:
        told.setdefault("cleaned_key", None)  # it was cut out of another picture
    for name, value in told.items():
        setattr(garment, name, value)
    _check_confirmed(garment)
    garment.updated_at = datetime.now(UTC)
    await db.flush()
    gone = await _owe(db, caller.id, before - _pictures(garment))
    await db.commit()
    if gone:
        await clear_soon(parts_of(request).engine, objects, gone)
    return _view(garment)


@router.delete("/{garment_id}", status_code=204, responses=responses(401, 403, 404))
async def delete_garment(request: Request, garment_id: str, caller: SignedIn, objects: Store) -> None:
    """Remove it and its pictures; those stay that another garment, a VTON or a job under way still uses."""

    async def work(db: AsyncSession) -> list[str]:
        garment = await own_garment(db, caller.id, garment_id, lock=True)
        await db.delete(garment)
        await db.flush()
        return await _owe(db, caller.id, _pictures(garment))

    engine = parts_of(request).engine
    await clear_soon(engine, objects, await in_transaction(engine, work))


async def _owe(db: AsyncSession, user_id: str, keys: set[str]) -> list[str]:
    """Those of the keys that nothing of the user's names any more: their objects are to go."""
    gone = sorted(keys - await used(db, user_id, keys)) if keys else []
    await owe_removal(db, gone)
    return gone


def _pictures(garment: Garment) -> set[str]:
    return {*garment.picture_keys, *([garment.cleaned_key] if garment.cleaned_key else ())}


def _keys(body: GarmentWanted | GarmentUpdate) -> list[str]:
    return [*(body.picture_keys or ()), *([body.cleaned_key] if body.cleaned_key else ())]


def _check_confirmed(garment: Garment) -> None:
    """Raises 422 where there is no chart to confirm, or one that leaves open what nobody should guess."""
    if not garment.chart_confirmed:
        return
    if garment.chart is None:
        raise ApiError(422, "chart_missing", "There is no chart to confirm.")
    if "unknown" in (garment.chart["kind"], garment.chart["unit"]):
        detail = "Before it is confirmed, the chart has to say its unit, and whether it gives bodies or the garment."
        raise ApiError(422, "chart_unsettled", detail)


def _view(garment: Garment) -> GarmentView:
    told = {name: getattr(garment, name) for name in GarmentView.model_fields if name != "stretch"}
    return GarmentView(**told, stretch=stretch_class(garment))
