"""The tables. A job's row is its state for its user; `jobs.status` moves only in `transitions/state`."""

from datetime import datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    DateTime,
    ForeignKey,
    Index,
    Integer,
    String,
    Text,
    UniqueConstraint,
    false,
    func,
)
from sqlalchemy.dialects.postgresql import JSONB, UUID
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


class TableBase(DeclarativeBase):
    """Naming and types shared by all tables."""

    type_annotation_map = {  # noqa: RUF012  SQLAlchemy's own form
        datetime: DateTime(timezone=True),
        dict[str, Any]: JSONB,
    }


def _id() -> Mapped[str]:
    return mapped_column(UUID(as_uuid=False), primary_key=True)


def _user(*, index: bool = True) -> Mapped[str]:
    return mapped_column(UUID(as_uuid=False), ForeignKey("users.id", ondelete="CASCADE"), index=index)


class User(TableBase):
    """Someone who signed up; a guest, who has not, has neither address nor password.

    ``is_admin`` is set by `proteus admins` alone. A list of addresses in a setting would not do: nobody checks that
    an address is of the person who signs up with it, so whoever came first would be the admin.
    """

    __tablename__ = "users"

    id: Mapped[str] = _id()
    email: Mapped[str | None] = mapped_column(String(254), unique=True)
    name: Mapped[str | None] = mapped_column(String(100))
    password_hash: Mapped[str | None] = mapped_column(Text)
    is_admin: Mapped[bool] = mapped_column(server_default=false())
    email_checked_at: Mapped[datetime | None]
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    updated_at: Mapped[datetime] = mapped_column(server_default=func.now())


class Session(TableBase):
    """A sign-in. Signing out deletes it, which ends its token on every replica."""

    __tablename__ = "sessions"

    id: Mapped[str] = _id()
    user_id: Mapped[str] = _user()
    expires_at: Mapped[datetime]
    refresh_hash: Mapped[str | None] = mapped_column(String(64))
    previous_hash: Mapped[str | None] = mapped_column(String(64))
    rotated_at: Mapped[datetime | None]


class AccountLink(TableBase):
    """A link that was sent and not used: its token's hash alone, so that who reads the table can open none."""

    __tablename__ = "account_links"

    token_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    user_id: Mapped[str] = _user()
    purpose: Mapped[str] = mapped_column(String(16))
    expires_at: Mapped[datetime]


class UsedSocketToken(TableBase):
    """A token that opened a socket and will open no other."""

    __tablename__ = "used_socket_tokens"

    id: Mapped[str] = _id()
    expires_at: Mapped[datetime]


class Vton(TableBase):
    """A person picture, a garment picture and what became of them.

    ``garment_id`` refers to nothing that is enforced: the garment may be gone, and no lock joins the two.
    """

    __tablename__ = "vtons"
    __table_args__ = (
        UniqueConstraint("user_id", "idempotency_key", name="uq_vtons_idempotency"),
        Index("vtons_of_user", "user_id", "id"),
    )

    id: Mapped[str] = _id()
    user_id: Mapped[str] = _user(index=False)
    title: Mapped[str | None] = mapped_column(String(200))
    status: Mapped[str] = mapped_column(String(16), server_default="draft")
    user_snap_s3: Mapped[str] = mapped_column(String(255))
    uncleaned_outfit_s3: Mapped[str] = mapped_column(String(255))
    garment_id: Mapped[str | None] = mapped_column(UUID(as_uuid=False))
    cleaned_outfit_s3: Mapped[str | None] = mapped_column(String(255))
    result_s3: Mapped[str | None] = mapped_column(String(255))
    error: Mapped[dict[str, Any] | None]
    idempotency_key: Mapped[str | None] = mapped_column(String(255))
    idempotency_hash: Mapped[str | None] = mapped_column(String(64))
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    updated_at: Mapped[datetime] = mapped_column(server_default=func.now())


class UserBody(TableBase):
    """What a user told of their body: ``measures`` is {name: {value, source, at}}, in cm, the weight in kg.

    Nothing else refers to it, and no statement that fails tells its values: ``open_engine`` hides them.
    """

    __tablename__ = "bodies"

    user_id: Mapped[str] = mapped_column(
        UUID(as_uuid=False), ForeignKey("users.id", ondelete="CASCADE"), primary_key=True
    )
    measures: Mapped[dict[str, Any]]


class Garment(TableBase):
    """A garment. ``stretch`` is null where nobody said it: it follows from composition and class then."""

    __tablename__ = "garments"
    __table_args__ = (UniqueConstraint("user_id", "idempotency_key", name="uq_garments_idempotency"),)

    id: Mapped[str] = _id()
    user_id: Mapped[str] = _user()
    title: Mapped[str | None] = mapped_column(String(200))
    part: Mapped[str] = mapped_column(String(16))
    garment_class: Mapped[str | None] = mapped_column(String(32))
    picture_keys: Mapped[list[str]] = mapped_column(JSONB)
    cleaned_key: Mapped[str | None] = mapped_column(String(255))
    composition: Mapped[str | None] = mapped_column(String(500))
    stretch: Mapped[str | None] = mapped_column(String(32))
    chart: Mapped[dict[str, Any] | None]
    chart_confirmed: Mapped[bool] = mapped_column(server_default=false())
    url: Mapped[str | None] = mapped_column(Text)
    idempotency_key: Mapped[str | None] = mapped_column(String(255))
    idempotency_hash: Mapped[str | None] = mapped_column(String(64))
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    updated_at: Mapped[datetime] = mapped_column(server_default=func.now())


class Job(TableBase):
    """One job. ``request`` is the message as published, with what it needs of others filled in.

    ``then_job_id`` is written for, and by, gateways of the version before: a job that needs this one.
    """

    __tablename__ = "jobs"
    __table_args__ = (
        UniqueConstraint("user_id", "kind", "idempotency_key"),
        Index("jobs_of_vton", "vton_id", "id"),
        Index("jobs_waiting", "kind", "lane", "id", postgresql_where="status = 'queued'"),
        Index("jobs_waiting_of_user", "user_id", postgresql_where="status = 'queued'"),
        Index("jobs_active", "id", postgresql_where="status IN ('queued', 'running')"),
        Index(
            "jobs_ended",
            "ended_at",
            postgresql_include=["kind", "status"],
            postgresql_where="ended_at IS NOT NULL",
        ),
        Index("jobs_chained", "then_job_id", postgresql_where="then_job_id IS NOT NULL"),
        Index("jobs_unsettled", "ended_at", postgresql_where="ended_at IS NOT NULL AND NOT settled"),
    )

    id: Mapped[str] = mapped_column(String(40), primary_key=True)
    user_id: Mapped[str] = _user()
    vton_id: Mapped[str | None] = mapped_column(
        UUID(as_uuid=False), ForeignKey("vtons.id", ondelete="SET NULL")
    )
    kind: Mapped[str] = mapped_column(String(32))
    lane: Mapped[str] = mapped_column(String(16))
    status: Mapped[str] = mapped_column(String(16), server_default="queued")
    attempts: Mapped[int] = mapped_column(Integer, server_default="0")
    request: Mapped[dict[str, Any]]
    then_job_id: Mapped[str | None] = mapped_column(String(40))
    needs_left: Mapped[int] = mapped_column(Integer, server_default="0")  # its request is published at 0
    needed: Mapped[bool] = mapped_column(server_default=false())  # others may wait for it
    request_subject: Mapped[str | None] = mapped_column(String(255))  # of one that waits for others
    stream_seq: Mapped[int | None] = mapped_column(BigInteger)
    result_s3_key: Mapped[str | None] = mapped_column(String(255))
    details: Mapped[dict[str, Any] | None]
    error: Mapped[dict[str, Any] | None]
    idempotency_key: Mapped[str | None] = mapped_column(String(255))
    idempotency_hash: Mapped[str | None] = mapped_column(String(64))
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    started_at: Mapped[datetime | None]
    finished_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]  # by the database's clock; ``finished_at`` is the worker's
    settled: Mapped[bool] = mapped_column(server_default=false())  # the reconciler looked at its object


class JobNeed(TableBase):
    """A job waits for another: ``output`` of its result becomes ``input`` of the request.

    Written with the job that needs, naming jobs that are there or are written before it: no circle can come to be.
    """

    __tablename__ = "job_needs"

    job_id: Mapped[str] = mapped_column(
        String(40), ForeignKey("jobs.id", ondelete="CASCADE"), primary_key=True
    )
    needed_id: Mapped[str] = mapped_column(
        String(40), ForeignKey("jobs.id", ondelete="CASCADE"), primary_key=True, index=True
    )
    input: Mapped[str] = mapped_column(String(64), primary_key=True)
    output: Mapped[str] = mapped_column(String(64))
    own: Mapped[bool] = mapped_column(server_default=false())  # made for it alone: cancelled with it
    met: Mapped[bool] = mapped_column(server_default=false())


class Outfit(TableBase):
    """Several garments on one person. ``garments`` is [{key, garment_id, part, job_id}], in the order of wearing.

    How it goes, its jobs say. It goes with the last of them.
    """

    __tablename__ = "outfits"
    __table_args__ = (
        UniqueConstraint("user_id", "idempotency_key", name="uq_outfits_idempotency"),
        Index("outfits_of_user", "user_id", "id"),
    )

    id: Mapped[str] = _id()
    user_id: Mapped[str] = _user(index=False)
    last_job_id: Mapped[str] = mapped_column(
        String(40), ForeignKey("jobs.id", ondelete="CASCADE"), unique=True
    )
    user_snap_s3: Mapped[str] = mapped_column(String(255))
    garments: Mapped[list[dict[str, Any]]] = mapped_column(JSONB)
    idempotency_key: Mapped[str | None] = mapped_column(String(255))
    idempotency_hash: Mapped[str | None] = mapped_column(String(64))
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())


class UnwantedObject(TableBase):
    """Every object below ``prefix`` is to go: looked at again until that time, for what may still arrive."""

    __tablename__ = "unwanted_objects"

    prefix: Mapped[str] = mapped_column(String(255), primary_key=True)
    until: Mapped[datetime]
    look_at: Mapped[datetime] = mapped_column(server_default=func.now())


class Turn(TableBase):
    """Of the replica that does what one does at a time. It ends by itself, with its replica."""

    __tablename__ = "turns"

    name: Mapped[str] = mapped_column(String(32), primary_key=True)
    holder: Mapped[str] = mapped_column(String(64))
    until: Mapped[datetime]


class Outbox(TableBase):
    """A message that a committed transaction owes to NATS."""

    __tablename__ = "outbox"

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=True)
    subject: Mapped[str] = mapped_column(String(255))
    msg_id: Mapped[str] = mapped_column(String(255))
    payload: Mapped[dict[str, Any]]
    headers: Mapped[dict[str, Any]]
    job_id: Mapped[str | None] = mapped_column(String(40))  # whose stream_seq to set; null for events
    claimed_until: Mapped[datetime | None]  # its writer publishes it; until then other relays pass it by
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
