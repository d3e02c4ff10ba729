"""Bodies that no consumer can use: bytes, text, JSON of the wrong shape, and requests that are wrong in one place."""

import json
from typing import Any

from hypothesis import strategies as st

_json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=40),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=12), inner, max_size=4),
    max_leaves=12,
)
_wrong = st.sampled_from([None, [], {}, "", "x" * 300, "\x00"])  # a number would be a time


@st.composite
def _spoilt(draw: st.DrawFn, right: dict[str, Any], needed: tuple[str, ...]) -> bytes:
    """``right`` with one needed field missing or of the wrong type."""
    field = draw(st.sampled_from(needed))
    body = {key: value for key, value in right.items() if key != field}
    if draw(st.booleans()):
        body[field] = draw(_wrong)
    return json.dumps(body).encode()


def bodies(right: dict[str, Any], needed: tuple[str, ...]) -> st.SearchStrategy[list[bytes]]:
    """Lists of hostile bodies around a right one, of which ``needed`` must be there and be ids."""
    hostile = st.binary(max_size=200) | st.text(max_size=80).map(lambda text: text.encode("utf-8", "replace"))
    hostile |= _json.map(lambda value: json.dumps(value).encode()) | _spoilt(right, needed)
    return st.lists(hostile, min_size=25, max_size=25)
