"""Presigned URLs."""

from typing import Annotated, Literal

from pydantic import BaseModel, Field

from schemas.api.base import Body
from schemas.objects import Key


class UploadWanted(Body):
    fileName: Annotated[str, Field(min_length=1, max_length=1024)]  # noqa: N815  the wire's name
    fileType: Annotated[str, Field(max_length=100, examples=["image/jpeg"])]  # noqa: N815
    fileSize: Annotated[int, Field(ge=1)] | None = Field(  # noqa: N815
        None, description="Bytes, signed in. Left out, the answer is a form to POST instead of a PUT."
    )


class UploadTicket(BaseModel):
    """Send the file with this method and these headers to this URL, then use ``key``.

    With ``fields`` send a form (multipart/form-data): these first, and then the file as ``file``.
    """

    method: Literal["PUT", "POST"]
    url: str
    headers: dict[str, str]
    fields: dict[str, str] | None = Field(None, description="Of a POST; left out with a PUT.")
    key: str
    expires_in: int = Field(description="Seconds.")


class DownloadWanted(Body):
    key: Key


class DownloadTicket(BaseModel):
    url: str
    expires_in: int = Field(description="Seconds.")
