"""Calls to NATS by who holds a connection to the database.

The other services are asked through code of ours, which refuses such a call (`services.held`). A client of NATS is
handed to all that needs it: in tests each of its calls is looked at.
"""

import functools
import traceback

from nats.aio.client import Client

from services.held import check_none_held

#: What sends, or waits for an answer; JetStream, subscriptions and acknowledgements use these.
_CALLS = ("publish", "request", "flush", "subscribe")


def watch(monkeypatch):
    """A list of the places that made such a call, as each comes."""
    found = []
    for name in _CALLS:
        monkeypatch.setattr(Client, name, _watched(getattr(Client, name), found))
    return found


def _watched(call, found):
    @functools.wraps(call)
    async def asked(*arguments, **named):
        try:
            check_none_held("NATS")
        except RuntimeError:
            found.append("".join(traceback.format_stack(limit=12)))
        return await call(*arguments, **named)

    return asked
