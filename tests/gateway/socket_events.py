"""What a socket tells of jobs, apart from their places in the queue, which come whenever they change."""

import json


async def next_event(socket):
    """The next event that is not about a place."""
    while True:
        event = json.loads(await socket.recv())
        if event["queue_position"] is None:
            return event
