"""What the bodies share: unknown fields in a request are an error that names them; lists are pages."""

from typing import Generic, TypeVar

from pydantic import BaseModel, ConfigDict, Field

T = TypeVar("T")


class RequestBody(BaseModel):
    """A request body."""

    model_config = ConfigDict(extra="forbid")


class Page(BaseModel, Generic[T]):
    """A page of a list."""

    items: list[T] = Field(description="Of this page.")
    next_cursor: str | None = Field(
        description="Hand it back as ?cursor= for the next page; null on the last."
    )
