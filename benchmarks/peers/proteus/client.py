"""Publishes requests as the gateway's relay does, and hears results as everyone may: on `results.{user}.{job}`."""

import asyncio
import os
from datetime import UTC, datetime

import nats
import uvloop
from nats.aio.msg import Msg

from benchmarks.peers.client import Run, open_loop
from benchmarks.peers.proteus.worker import params_for
from schemas.ids import new_id, new_job_id
from schemas.jobs.try_on import SPEC, TryOnRequest, TryOnResult
from streams import subjects
from streams.connection import flush
from streams.publish import publish


async def main() -> None:
    """One run."""
    run = Run()
    connection = await nats.connect(os.environ["PEERS_SERVER"])
    js = connection.jetstream(publish_async_max_pending=4000)
    user, vton = new_id(), new_id()
    waiting: dict[str, asyncio.Future[int]] = {}

    async def heard(message: Msg) -> None:
        found = waiting.get(message.subject.rsplit(".", 1)[1])
        if found is None or found.done():
            return
        if b'"status":"completed"' in message.data:
            found.set_result(TryOnResult.model_validate_json(message.data).batch_size)

    async def submit(index: int) -> int:
        job = new_job_id()
        waiting[job] = asyncio.get_running_loop().create_future()
        request = TryOnRequest(
            job_id=job, user_id=user, vton_id=vton, created_at=datetime.now(UTC),
            user_snap_s3="none", garment_s3="none", params=params_for(index),
        )  # fmt: skip
        await publish(js, SPEC.request_subject(), request, job)
        return await waiting[job]

    await connection.subscribe(subjects.result(user, "*"), cb=heard)
    await flush(connection)
    await open_loop(run, submit)
    await connection.close()


if __name__ == "__main__":
    uvloop.run(main())
