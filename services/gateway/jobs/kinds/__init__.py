"""Kinds that touch more than their own row: a VTON, here. Every other kind is its schema and nothing else."""

from services.gateway.jobs.kinds import tailor, try_on
from services.gateway.jobs.kinds.base import Rules

RULES: dict[str, Rules] = {"try_on": try_on.RULES, "tailor": tailor.RULES}
