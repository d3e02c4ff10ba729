"""Submits to Celery and hears results as Redis publishes them: one thread, as Celery's results are not thread-safe."""

# Peers are not installed where mypy runs.
# mypy: disable-error-code="import-not-found, import-untyped, misc, untyped-decorator, no-any-return"

from celery.result import AsyncResult

from benchmarks.peers.celery.worker import app, work
from benchmarks.peers.client import WARM_UP, Run

_LOOK = 0.05  # seconds without a message, after which patience is looked at


def main() -> None:
    """One run."""
    run = Run()
    index_of: dict[str, int] = {}

    def submit(index: int) -> None:
        result = work.apply_async((index,))
        index_of[result.id] = index
        result.then(heard)

    def heard(result: AsyncResult) -> None:
        run.tell(index_of.pop(result.id), result.result)

    submit(WARM_UP)
    while index_of:
        app.backend.result_consumer.drain_events(timeout=_LOOK)
    run.begin()
    submitted = 0
    while not run.over:
        while submitted < len(run.due) and run.due[submitted] <= run.now():
            submit(submitted)
            submitted += 1
        until = run.due[submitted] - run.now() if submitted < len(run.due) else _LOOK
        app.backend.result_consumer.drain_events(timeout=max(0.0, min(until, _LOOK)))


if __name__ == "__main__":
    main()
