"""Work that may take minutes and cannot be cut short, in threads that the end of the process does not wait for."""

import asyncio
import contextlib
import os
import sys
import threading
import traceback
from collections.abc import Callable
from contextvars import copy_context
from typing import Any, TypeVar

T = TypeVar("T")

_NAME = "apart"
#: Threads that are left behind; the second is a forward pass that outlasts the drain (inference/batcher.py).
_PREFIXES = (_NAME, "engine")
#: A thread that has nothing more to do ends within it.
_JOIN_SECONDS = 0.5


async def run_apart(work: Callable[..., T], *arguments: Any) -> T:
    """``work(*arguments)`` in a thread of its own, as asyncio.to_thread, but that nobody waits for it at the end."""
    loop = asyncio.get_running_loop()
    done: asyncio.Future[T] = loop.create_future()

    def settle(result: T | None, error: BaseException | None) -> None:
        if done.done():  # who asked has left
            return
        if error is None:
            done.set_result(result)  # type: ignore[arg-type]
        else:
            done.set_exception(error)

    def run() -> None:
        result, failure = None, None
        try:
            result = work(*arguments)
        except BaseException as error:  # it is the caller's
            failure = error
        with contextlib.suppress(RuntimeError):  # the loop has ended
            loop.call_soon_threadsafe(settle, result, failure)

    threading.Thread(target=copy_context().run, args=(run,), name=_NAME, daemon=True).start()
    return await done


def leave_behind(code: int, error: BaseException | None = None) -> None:
    """End the process with ``code`` when such a thread still runs; return when none does.

    Python would wait for it, or end below it, where native code may crash. ``error`` is shown.
    """
    if not any(_is_at_work(thread) for thread in threading.enumerate()):
        return
    if error is not None and not isinstance(error, SystemExit):  # who raised that has said why
        traceback.print_exception(error)
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)


def _is_at_work(thread: threading.Thread) -> bool:
    if not thread.name.startswith(_PREFIXES):
        return False
    thread.join(_JOIN_SECONDS)
    return thread.is_alive()
