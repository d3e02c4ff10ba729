"""Celery with celery-batches on Redis. Run: `celery -A benchmarks.peers.celery.worker worker --concurrency 1`."""

# Peers are not installed where mypy runs.
# mypy: disable-error-code="import-not-found, import-untyped, misc, untyped-decorator, no-any-return"

import os

from celery import Celery
from celery_batches import Batches, SimpleRequest

from benchmarks.peers.device import run
from benchmarks.peers.engine import BATCH

_SERVER = os.environ["PEERS_SERVER"]
_LATE = os.environ.get("PEERS_CELERY_LATE") == "1"
_VISIBILITY = 30  # much longer than a batch, because Celery says nothing while one runs

app = Celery("peers", broker=f"{_SERVER}/0", backend=f"{_SERVER}/1")
app.conf.worker_prefetch_multiplier = 0  # celery-batches: nought, or more than flush_every
app.conf.broker_connection_retry_on_startup = True
if _LATE:
    app.conf.task_acks_late = True
    app.conf.task_reject_on_worker_lost = True
    # without the throttle, what has become visible again is looked for every 100 s alone
    app.conf.broker_transport_options = {"visibility_timeout": _VISIBILITY, "unacked_restore_throttle": 1}


@app.task(base=Batches, flush_every=BATCH, flush_interval=float(os.environ.get("PEERS_CELERY_FLUSH", "0.02")))
def work(requests: list[SimpleRequest]) -> None:
    """One forward pass for all of them; each gets the size of the pass as its result."""
    batch = run([request.args[0] for request in requests])
    for request in requests:
        app.backend.mark_as_done(request.id, batch, request=request)
