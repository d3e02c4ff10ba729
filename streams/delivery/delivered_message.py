"""The message that a handler was called for.

FastStream's own way, a parameter annotated with its Context, sends every message through a thread.
"""

from contextvars import ContextVar

from nats.aio.msg import Msg

#: Set by `RefusingMiddleware` around each handler's call.
delivered: ContextVar[Msg] = ContextVar("delivered")
