"""How many pictures a job was asked for, as its request says: so much of the queue and of a user's limits it takes."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Integer, literal_column

#: Of a row of ``jobs``; 1 where a kind means something else by the name.
PICTURES_SQL = (
    "CASE WHEN jsonb_typeof(request -> 'samples') = 'number' THEN (request ->> 'samples')::int ELSE 1 END"
)
PICTURES = literal_column(PICTURES_SQL, Integer)


def pictures_of(request: Mapping[str, Any]) -> int:
    """The same of a request that was read."""
    asked = request.get("samples")
    return asked if isinstance(asked, int) else 1
