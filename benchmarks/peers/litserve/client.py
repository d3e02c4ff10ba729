"""Posts each job to LitServe when it is due and waits for the answer on the same connection.

A connection that is refused is tried again, as nothing was handed over yet; a request that was handed over and then
broke off is lost: LitServe keeps nothing, and whether it may be repeated is for an application to know.
"""

# Peers are not installed where mypy runs.
# mypy: disable-error-code="import-not-found, import-untyped, misc, untyped-decorator, no-any-return"

import asyncio
import os
import resource

import aiohttp

from benchmarks.peers.client import Run, open_loop

_URL = os.environ["PEERS_SERVER"] + "/predict"
_AGAIN = 0.05


async def main() -> None:
    """One run."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))  # a connection for each job under way
    run = Run()
    connector = aiohttp.TCPConnector(limit=0)
    async with aiohttp.ClientSession(connector=connector, timeout=aiohttp.ClientTimeout(None)) as session:

        async def submit(index: int) -> int | None:
            while True:
                try:
                    async with session.post(_URL, json={"index": index}) as answer:
                        answer.raise_for_status()
                        return int((await answer.json())["worker_batch"])
                except aiohttp.ClientConnectorError:
                    await asyncio.sleep(_AGAIN)
                except aiohttp.ClientError:
                    return None

        await open_loop(run, submit)


if __name__ == "__main__":
    asyncio.run(main())
