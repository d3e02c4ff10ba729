"""Sign-up, sign-in and the signed-in user."""

import unicodedata
from typing import Annotated, Literal

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    Field,
    StringConstraints,
    WithJsonSchema,
)

from schemas.api.base import RequestBody
from schemas.email import normalized_email
from schemas.ids import Id

_LONGEST_EMAIL = 254
#: A password of 128 characters, each typed as a letter and three marks.
_AS_TYPED = 4 * 128


def _email(value: str) -> str:
    """The one form of the address, by which its account is found."""
    email = normalized_email(value)
    if len(email) > _LONGEST_EMAIL:
        raise ValueError(f"is longer than {_LONGEST_EMAIL} characters")
    return email


Email = Annotated[
    str,
    StringConstraints(
        strip_whitespace=True, min_length=3, max_length=254, pattern=r"^[^@＠\s]+[@＠][^@＠\s]+$"
    ),
    AfterValidator(_email),
    Field(examples=["ada@example.com"], description="One account, however it is typed."),
]


def _composed(value: object) -> object:
    """What is stored is composed (NFC), whatever keyboard it comes from, and its length counts."""
    return unicodedata.normalize("NFC", value) if isinstance(value, str) else value


NewPassword = Annotated[
    str,
    BeforeValidator(_composed),
    Field(
        min_length=8, max_length=128, examples=["correct horse battery"], description="8 to 128 characters."
    ),
]
Name = Annotated[
    str,
    StringConstraints(strip_whitespace=True, max_length=100, pattern=r"^[^\x00]*$"),
    Field(examples=["Ada"], description="What to call the user."),
]


class SignUp(RequestBody):
    """A new account."""

    email: Email
    password: NewPassword
    name: Name | None = None


class LogIn(RequestBody):
    """An account, by its password."""

    email: Email
    password: Annotated[
        str,
        Field(
            min_length=1,
            max_length=_AS_TYPED,
            examples=["correct horse battery"],
            description="The account's.",
        ),
    ]


class Renewal(RequestBody):
    """A refresh token is spent by it; a repeat within 10 seconds gets the same answer."""

    refresh_token: Annotated[
        str, Field(min_length=1, max_length=200, description="Of the answer before; good once.")
    ]


class GuestEntry(RequestBody):
    """Where the operator allows guests."""

    #: Not said as a constant: of one that is no text, generators make an enum of texts that nobody can send.
    guest: Annotated[Literal[True], WithJsonSchema({"type": "boolean", "not": {"const": False}})] = Field(
        description="As a guest.", examples=[True]
    )


class UserUpdate(RequestBody):
    """A new password needs the current one, and ends every other sign-in."""

    name: Name | None = None
    password: NewPassword | None = None
    current_password: Annotated[str, Field(max_length=_AS_TYPED)] | None = Field(
        None, description="With a new password alone."
    )


class Erasure(RequestBody):
    """Of an account, its password; of a guest nothing."""

    password: Annotated[str, Field(max_length=_AS_TYPED)] | None = Field(
        None, examples=["correct horse battery"], description="The account's; a guest has none."
    )


class PasswordForgotten(RequestBody):
    """Whose."""

    email: Email


LinkToken = Annotated[
    str,
    Field(
        min_length=1, max_length=200, examples=["q3w5e6"], description="Of the link, behind its #; good once."
    ),
]


class PasswordReset(RequestBody):
    """By a link."""

    token: LinkToken
    password: NewPassword


class EmailConfirmation(RequestBody):
    """By a link."""

    token: LinkToken


class UserView(BaseModel):
    """An account, or a guest."""

    id: Id
    email: str | None = Field(description="Null for a guest.")
    name: str | None = Field(description="What to call the user.")
    guest: bool = Field(False, description="Has not signed up: signing up keeps everything.")
    email_checked: bool = Field(False, description="Its owner opened a link that was sent to the address.")
    admin: bool = Field(False, description="May look at and steer the system: /operations.")
    created_at: AwareDatetime = Field(description="When they came first.")
    updated_at: AwareDatetime = Field(description="When name, address or password changed.")


class TokenPair(BaseModel):
    """For programs: send ``access_token`` as `Authorization: Bearer`, and renew it with ``refresh_token``."""

    access_token: str = Field(description="A JWT.", examples=["eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIwMTk4In0.x"])
    token_type: Literal["bearer"] = Field("bearer", description="How it is sent.")
    expires_in: int = Field(description="Seconds that the access token is good for.")
    refresh_token: str = Field(description="Good once, for the next pair.")
    refresh_expires_in: int = Field(description="Seconds until the sign-in ends.")
    user: UserView


class SocketToken(BaseModel):
    """For /ws?token= alone."""

    token: str = Field(description="Good once.")
    expires_in: int = Field(description="Seconds.")
