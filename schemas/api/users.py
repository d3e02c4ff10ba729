"""Sign-up, sign-in and the signed-in user."""

from typing import Annotated

from pydantic import AfterValidator, AwareDatetime, BaseModel, Field, StringConstraints

from schemas.api.base import Body
from schemas.ids import Id


def _email(value: str) -> str:
    """Lower case, one @ with something on both sides: whether mail arrives, only mail can tell."""
    value = value.strip().lower()
    local, _, domain = value.partition("@")
    if not local or not domain or "@" in domain or any(c.isspace() or not c.isprintable() for c in value):
        raise ValueError("is not an e-mail address")
    return value


Email = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=3, max_length=254, pattern=r"^[^@\s]+@[^@\s]+$"),
    AfterValidator(_email),
]
NewPassword = Annotated[str, Field(min_length=8, max_length=128)]
Name = Annotated[str, StringConstraints(strip_whitespace=True, max_length=100, pattern=r"^[^\x00]*$")]


class SignUp(Body):
    email: Email
    password: NewPassword
    name: Name | None = None


class LogIn(Body):
    email: Email
    password: Annotated[str, Field(min_length=1, max_length=128)]


class UserUpdate(Body):
    """A new password needs the current one, and ends every other sign-in."""

    name: Name | None = None
    password: NewPassword | None = None
    current_password: Annotated[str, Field(max_length=128)] | None = None


class UserView(BaseModel):
    id: Id
    email: str | None = Field(description="Null for a guest.")
    name: str | None
    guest: bool = Field(False, description="Has not signed up: signing up keeps everything.")
    admin: bool = Field(False, description="May look at and steer the system: /operations.")
    created_at: AwareDatetime
    updated_at: AwareDatetime


class SocketToken(BaseModel):
    """For /ws?token= alone."""

    token: str
    expires_in: int = Field(description="Seconds.")
