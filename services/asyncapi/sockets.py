"""The channel of the gateway's WebSocket."""

from schemas.events import JobEvent
from services.asyncapi.parts import Channel, Spoken
from services.gateway.accounts.sessions import SOCKET_TOKEN_SECONDS
from services.gateway.sockets.connection import CLOSE_CODES

SERVER = "gateway"


def channel() -> Channel:
    """Of one user's events."""
    return Channel(
        "socket",
        "/ws",
        SERVER,
        "The caller's events, one JSON object a message. Who they are: `token` of GET /user/ws-token, which is good "
        f"once and for {SOCKET_TOKEN_SECONDS} s, or a header `Authorization: Bearer` with an access token. "
        "`since`, the `seq` of the last event that the client has, replays what came after it, without a gap; progress "
        "is not stored, has no `seq` and is not replayed. Nothing is to be sent. /updates is the same. "
        "The socket is accepted before it is refused, so that each client is told the code: "
        + " ".join(f"{code}: {why} {cure}" for code, (why, cure) in CLOSE_CODES.items()),
        (Spoken("JobEvent", JobEvent, "One change of one job, or how far it is."),),
        {"send": "The gateway tells the user of each change of their jobs, and of progress."},
        {
            "bindings": {
                "ws": {
                    "method": "GET",
                    "query": {
                        "type": "object",
                        "properties": {
                            "token": {"type": "string", "description": "Of GET /user/ws-token."},
                            "since": {
                                "type": "integer",
                                "format": "int64",
                                "minimum": 0,
                                "description": "The `seq` of the last event that the client has; 0 for all.",
                            },
                        },
                    },
                    "headers": {
                        "type": "object",
                        "properties": {
                            "Authorization": {
                                "type": "string",
                                "description": "`Bearer`, in place of `token`.",
                            }
                        },
                    },
                    "bindingVersion": "0.1.0",
                }
            },
            "x-close-codes": [
                {"code": code, "reason": why, "do": cure} for code, (why, cure) in CLOSE_CODES.items()
            ],
        },
    )
