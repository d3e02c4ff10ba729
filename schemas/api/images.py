"""Presigned URLs."""

from typing import Annotated, Literal

from pydantic import BaseModel, Field

from schemas.api.base import RequestBody
from schemas.objects import Key
from schemas.pictures import PICTURE_TYPES


class UploadWanted(RequestBody):
    """A picture that is to be sent."""

    fileName: Annotated[  # noqa: N815  the wire's name
        str, Field(min_length=1, max_length=1024, examples=["me.jpg"], description="For people alone.")
    ]
    fileType: Annotated[  # noqa: N815
        str,
        Field(
            max_length=100,
            examples=["image/jpeg"],
            description="In any case, with parameters or without; another type is answered with 415.",
            json_schema_extra={"pattern": f"^({'|'.join(PICTURE_TYPES)})$"},
        ),
    ]
    fileSize: Annotated[int, Field(ge=1, lt=2**63)] | None = Field(  # noqa: N815
        None,
        description="Bytes, signed in. Left out, a picture that is too large is removed at its first use.",
    )


class UploadTicket(BaseModel):
    """Send the file with this method and these headers to this URL, then use ``key``."""

    method: Literal["PUT"] = Field("PUT", description="Of the upload.")
    url: str = Field(description="Of the object store; good for ``expires_in`` seconds.")
    headers: dict[str, str] = Field(
        description="To be sent with it.", examples=[{"Content-Type": "image/jpeg"}]
    )
    key: Key
    expires_in: int = Field(description="Seconds.")


class DownloadWanted(RequestBody):
    """An object of one's own."""

    key: Key


class DownloadTicket(BaseModel):
    """GET this URL; it needs no headers."""

    url: str = Field(description="Of the object store.")
    expires_in: int = Field(description="Seconds.")


class FetchWanted(RequestBody):
    """A picture by its address."""

    url: Annotated[
        str,
        Field(
            min_length=8,
            max_length=2000,
            examples=["https://shop.example/shirt.jpg"],
            description="http or https, of a public server.",
        ),
    ]


class FetchedPicture(BaseModel):
    """It lies in the store now, as if it had been uploaded."""

    key: Key
    url: str = Field(description="Of the object store, for a look; good for ``expires_in`` seconds.")
    expires_in: int = Field(description="Seconds.")
