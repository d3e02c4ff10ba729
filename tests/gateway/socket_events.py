"""What a socket tells of jobs, and of their places in the queue, which come whenever they change."""

import asyncio
import json


async def next_event(socket):
    """The next event that is not about a place."""
    while True:
        event = json.loads(await socket.recv())
        if event["queue_position"] is None:
            return event


async def queue_news(socket, job, *names, until):
    """The values of ``names`` that are told of a queued job, a tuple each time, the last of which is ``until``."""
    heard = []
    async with asyncio.timeout(60):
        while until not in heard:
            event = json.loads(await socket.recv())
            if event["job_id"] == job and event["queue_position"]:
                assert (event["type"], event["status"], event["seq"]) == ("progress", "queued", None)
                heard.append(tuple(event[name] for name in names))
    return heard
