"""Object keys in the S3 bucket. Every key begins with its owner."""

import re
from typing import Annotated

from pydantic import Field, StringConstraints

from schemas.ids import new_id

#: An object key as it comes in; whose it is, is checked where it is used.
EXAMPLE = "users/01985c2e-6f3a-7b12-9d44-0c5e8a7f1b23/uploads/01985c2f-10aa-7c01-8e3b-5d9f2c7a6b14.jpg"
Key = Annotated[
    str,
    StringConstraints(min_length=1, max_length=255, pattern=r"^[A-Za-z0-9/_.\-]+$"),
    Field(examples=[EXAMPLE], description="Of an object in the store: an upload or a result."),
]

#: Picture types that may be uploaded, and the extension each is stored under.
EXTENSIONS: dict[str, str] = {
    "image/jpeg": "jpg",
    "image/png": "png",
    "image/webp": "webp",
    "image/avif": "avif",
    "image/heic": "heic",
    "image/heif": "heif",
}

#: No name begins with a dot: a store that keeps files would take ".." for the folder above.
_OWNER = re.compile(r"users/([0-9a-f-]{36})/(?:uploads|cleaned|results)/[A-Za-z0-9_-][A-Za-z0-9_.-]{0,119}")
_USER = re.compile(r"users/([0-9a-f-]{36})/")


#: The prefix under which everything of everybody lies.
EVERYONE = "users/"


def content_type(key: str) -> str:
    """By the key's extension; what is no picture is bytes."""
    extension = key.rpartition(".")[2]
    return next(
        (kind for kind, known in EXTENSIONS.items() if known == extension), "application/octet-stream"
    )


def user_prefix(user_id: str) -> str:
    """The prefix under which everything of one user lies."""
    return f"users/{user_id}/"


def upload_key(user_id: str, content_type: str) -> str:
    """A fresh key for an upload. Raises KeyError for a type that is no picture type."""
    return f"users/{user_id}/uploads/{new_id()}.{EXTENSIONS[content_type]}"


def is_upload(key: str) -> bool:
    """Whether somebody sent the object; we made every other."""
    return key.split("/")[2:3] == ["uploads"]


def cleaned_key(user_id: str, job_id: str) -> str:
    """Where a tailor job writes its cut-out: the same key each time it runs."""
    return f"users/{user_id}/cleaned/{job_id}.png"


def result_key(user_id: str, job_id: str) -> str:
    """Where a try-on job writes its picture: the same key each time it runs."""
    return f"users/{user_id}/results/{job_id}.jpg"


def thumbnail_key(user_id: str, job_id: str) -> str:
    """Where it writes the same picture, small, for lists."""
    return f"users/{user_id}/results/{job_id}-small.jpg"


def sample_key(user_id: str, job_id: str, number: int) -> str:
    """Where it writes its second, third or fourth picture, where it was asked for so many."""
    return f"users/{user_id}/results/{job_id}-{number}.jpg"


def sample_thumbnail_key(user_id: str, job_id: str, number: int) -> str:
    """Where it writes that one, small."""
    return f"users/{user_id}/results/{job_id}-{number}-small.jpg"


def owner_of(key: str) -> str | None:
    """The user id in an object key, or None when the key is not one of ours."""
    match = _OWNER.fullmatch(key)
    return match.group(1) if match else None


def user_of(prefix: str) -> str | None:
    """The user id whose ``user_prefix`` this is, or None."""
    match = _USER.fullmatch(prefix)
    return match.group(1) if match else None
