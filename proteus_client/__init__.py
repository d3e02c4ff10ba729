"""A client of Proteus, the self-hosted virtual try-on: from two files to a picture.

    from proteus_client import Proteus

    with Proteus("http://127.0.0.1:8000") as proteus:
        proteus.try_on("person.jpg", "shirt.jpg").save("tryon.jpg")

`AsyncProteus` is the same for asyncio. Both sign in, upload, ask, wait by WebSocket or, without one, by looking, and
download; they renew tokens, and wait out a 429 or 503.
"""

from proteus_client.asynchronous import AsyncProteus
from proteus_client.errors import JobFailed, ProteusError
from proteus_client.models import Event, Job, Picture
from proteus_client.synchronous import Proteus

__all__ = ["AsyncProteus", "Event", "Job", "JobFailed", "Picture", "Proteus", "ProteusError"]
