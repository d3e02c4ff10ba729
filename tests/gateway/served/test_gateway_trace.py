"""One trace from the caller to the worker."""

import pytest


@pytest.mark.parametrize("held", ["trace", None])
async def test_the_request_carries_the_callers_trace(user, worker, held):
    parent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
    await user.submit(headers={"traceparent": parent} if held else {})
    pull = await worker.js.pull_subscribe_bind("weaver", "TRYON")
    (message,) = await pull.fetch(1, timeout=60)
    found = message.headers["traceparent"]
    assert (found == parent) if held else found.startswith("00-")
