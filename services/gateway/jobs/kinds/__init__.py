"""Kinds that touch more than their own row: a VTON, or what its user keeps. Every other one is its schema alone."""

from collections.abc import Awaitable, Callable
from typing import Any

from sqlalchemy.ext.asyncio import AsyncEngine

from services.gateway.jobs.kinds import fit, quality, tailor, try_on
from services.gateway.jobs.kinds.base import Rules

RULES: dict[str, Rules] = {"try_on": try_on.RULES, "tailor": tailor.RULES}

#: (engine, user_id, body) -> the body with what the user keeps in the place of its name.
FILL: dict[str, Callable[[AsyncEngine, str, Any], Awaitable[Any]]] = {
    "fit": fit.fill,
    "quality": quality.fill,
}
