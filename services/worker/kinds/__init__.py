"""How each job kind's request becomes an engine's item, and an outcome an object. A kind has one line here."""

from services.worker.kinds import tailor, tryon
from services.worker.kinds.base import JobHandler

HANDLERS: dict[str, JobHandler] = {handler.spec.kind: handler for handler in (tryon.HANDLER, tailor.HANDLER)}
