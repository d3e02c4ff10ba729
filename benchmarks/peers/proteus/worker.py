"""Proteus' own worker on the simulated device: everything of it but pictures, which no other side has."""

import logging
import os
from collections.abc import Hashable, Sequence
from functools import partial
from typing import Any

import uvloop

from benchmarks.peers.device import run
from inference.engine import EngineInfo, Progress, TryOnPicture
from schemas.jobs.try_on import SPEC, TryOnParams, TryOnRequest
from services.runner import run_until_signalled
from services.settings import NatsSettings, StorageSettings
from services.worker.app import run_worker
from services.worker.kinds.base import Engaged, JobHandler
from services.worker.settings import WorkerSettings


class IndexEngine:
    """An engine whose items are the jobs' indexes."""

    def __init__(self) -> None:
        self.info = EngineInfo("simulated", "Apache-2.0", "open", device="none", preview=True)

    def load(self) -> None:
        return None

    def example(self) -> list[int]:
        return []

    def bucket(self, _item: Any, /) -> Hashable:
        return "any"

    def run(self, batch: Sequence[Any], _progress: Progress, /) -> Sequence[int]:
        if batch == [[]]:  # the warm-up's
            return [0]
        return [run(batch)] * len(batch)


async def _prepare(request: TryOnRequest, _fetch: Any, _policy: Any) -> int:
    return index_of(request.params)


def _finish(_batch: int | TryOnPicture, _keys: Any) -> tuple[dict[str, bytes], dict[str, Any]]:
    return {}, {}


def params_for(index: int) -> TryOnParams:
    """The job's index, where a request has a number to spare; the warm-up's is -1."""
    return TryOnParams(seed=index + 1)


def index_of(params: TryOnParams) -> int:
    """Back again."""
    return (params.seed or 0) - 1


def main() -> None:
    """Until killed."""
    logging.basicConfig(level=logging.WARNING)
    storage = StorageSettings(
        s3_endpoint_url="http://127.0.0.1:9", aws_access_key_id="none", aws_secret_access_key="none"
    )
    nats = NatsSettings(nats_url=os.environ["PEERS_SERVER"])
    handler = JobHandler(SPEC, _prepare, _finish)
    service = partial(
        run_worker, [Engaged(handler, IndexEngine(), "for the comparison")], WorkerSettings(), nats, storage
    )
    uvloop.run(run_until_signalled(service))


if __name__ == "__main__":
    main()
