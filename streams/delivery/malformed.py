"""Catches messages whose payload is not what a handler takes, so that they are buried and not lost."""

import json
from collections.abc import Awaitable, Callable
from typing import Any

from faststream import BaseMiddleware
from nats.aio.msg import Msg
from pydantic import ValidationError

from streams.delivery.delivered_message import delivered

Refuse = Callable[[Msg, str], Awaitable[None]]


class RefusingMiddleware(BaseMiddleware):
    """Hands a message that failed to decode or validate to ``refuse``, which settles it; tells handlers of theirs."""

    def __init__(self, msg: Any, *, context: Any, refuse: Refuse) -> None:
        super().__init__(msg, context=context)
        self._refuse = refuse

    async def consume_scope(self, call_next: Any, msg: Any) -> Any:
        """Run the handler; handlers of ours raise none of these themselves."""
        delivered.set(msg.raw_message)
        try:
            return await call_next(msg)
        except (ValidationError, json.JSONDecodeError, UnicodeDecodeError, TypeError) as error:
            await self._refuse(msg.raw_message, _why(error))
            return None


def _why(error: Exception) -> str:
    """Where it is wrong and how, in a line; what was sent is in the dead letter already."""
    if not isinstance(error, ValidationError):
        return str(error)
    found = error.errors(include_url=False, include_context=False, include_input=False)
    parts = (".".join(str(part) for part in each["loc"] if part != "request") for each in found)
    return "; ".join(
        f"{where or 'the body'}: {each['msg']}" for where, each in zip(parts, found, strict=True)
    )


def refusing(refuse: Refuse) -> Callable[..., RefusingMiddleware]:
    """The middleware, ready for ``broker.add_middleware``."""

    def middleware(msg: Any, *, context: Any) -> RefusingMiddleware:
        return RefusingMiddleware(msg, context=context, refuse=refuse)

    return middleware
