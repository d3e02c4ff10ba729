"""VTONs: a person picture, a garment picture and what became of them."""

from typing import Annotated

from pydantic import AwareDatetime, BaseModel, StringConstraints

from schemas.api.base import Body
from schemas.api.jobs import JobView
from schemas.ids import Id
from schemas.jobs.base import JobError
from schemas.objects import Key

TITLE_LENGTH = 200
Title = Annotated[
    str, StringConstraints(strip_whitespace=True, max_length=TITLE_LENGTH, pattern=r"^[^\x00]*$")
]


class VtonWanted(Body):
    user_snap_s3: Key
    uncleaned_outfit_s3: Key
    title: Title | None = None


class VtonUpdate(Body):
    """What is left out stays. Pictures can change only while no job runs."""

    title: Title | None = None
    user_snap_s3: Key | None = None
    uncleaned_outfit_s3: Key | None = None


class VtonView(BaseModel):
    id: Id
    title: str | None
    status: str
    user_snap_s3: str
    uncleaned_outfit_s3: str
    cleaned_outfit_s3: str | None
    result_s3: str | None
    error: JobError | None
    created_at: AwareDatetime
    updated_at: AwareDatetime
    jobs: list[JobView]
