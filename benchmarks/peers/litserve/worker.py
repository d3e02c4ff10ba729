"""LitServe: an HTTP server that batches requests in memory. Run: `python -m benchmarks.peers.litserve.worker`."""

# Peers are not installed where mypy runs.
# mypy: disable-error-code="import-not-found, import-untyped, misc, untyped-decorator, no-any-return"

import os
from collections.abc import Sequence
from urllib.parse import urlsplit

import litserve

from benchmarks.peers.device import run
from benchmarks.peers.engine import BATCH


class Api(litserve.LitAPI):
    """One forward pass for a batch; each request is told the size of the pass."""

    def setup(self, device: str) -> None:
        """There is no model to load."""

    def decode_request(self, request: dict[str, int]) -> int:
        """The job's index."""
        return request["index"]

    def predict(self, x: Sequence[int]) -> list[int]:
        """A result for each."""
        return [run(x)] * len(x)

    def encode_response(self, output: int) -> dict[str, int]:
        """As JSON."""
        return {"worker_batch": output}


if __name__ == "__main__":
    port = urlsplit(os.environ["PEERS_SERVER"]).port
    wait = float(os.environ.get("PEERS_LITSERVE_TIMEOUT", "0.01"))
    fast = os.environ.get("PEERS_LITSERVE_FAST") == "1"
    api = Api(max_batch_size=BATCH, batch_timeout=wait)
    server = litserve.LitServer(api, accelerator="cpu", workers_per_device=1, fast_queue=fast)
    server.run(host="127.0.0.1", port=port, generate_client_file=False, log_level="warning")
