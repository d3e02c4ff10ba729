"""How each job kind's request becomes an engine's item, and an outcome objects: a module for each, named as it is."""

from importlib import import_module

from schemas.jobs import SPECS
from services.worker.kinds.base import JobHandler


def handler(kind: str) -> JobHandler:
    """Imports no other kind's."""
    found: JobHandler = import_module(f"services.worker.kinds.{kind}").HANDLER
    return found


HANDLERS: dict[str, JobHandler] = {kind: handler(kind) for kind in SPECS}
