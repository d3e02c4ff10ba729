"""What the bodies share: unknown fields in a request are an error that names them; lists are pages."""

from typing import Annotated, Generic, TypeVar

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

T = TypeVar("T")


class Body(BaseModel):
    """A request body."""

    model_config = ConfigDict(extra="forbid")


#: An object key as handed in; whose it is, is checked where it is used.
Key = Annotated[str, StringConstraints(min_length=1, max_length=255, pattern=r"^[A-Za-z0-9/_.\-]+$")]


class Page(BaseModel, Generic[T]):
    """A page of a list."""

    items: list[T]
    next_cursor: str | None = Field(
        description="Hand it back as ?cursor= for the next page; null on the last."
    )
