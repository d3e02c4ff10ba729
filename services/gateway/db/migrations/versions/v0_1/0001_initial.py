"""Users, sessions, VTONs, jobs and the outbox."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB, UUID

revision = "0001"
down_revision = None

_now = sa.text("now()")
_time = sa.DateTime(timezone=True)


def _id() -> sa.Column[str]:
    return sa.Column("id", UUID(as_uuid=False), primary_key=True)


def _user() -> sa.Column[str]:
    owner = sa.ForeignKey("users.id", ondelete="CASCADE")
    return sa.Column("user_id", UUID(as_uuid=False), owner, nullable=False, index=True)


def upgrade() -> None:
    op.create_table(
        "users",
        _id(),
        sa.Column("email", sa.String(254), nullable=False, unique=True),
        sa.Column("name", sa.String(100)),
        sa.Column("password_hash", sa.Text, nullable=False),
        sa.Column("created_at", _time, nullable=False, server_default=_now),
        sa.Column("updated_at", _time, nullable=False, server_default=_now),
    )
    op.create_table("sessions", _id(), _user(), sa.Column("expires_at", _time, nullable=False))
    op.create_table(
        "vtons",
        _id(),
        _user(),
        sa.Column("title", sa.String(200)),
        sa.Column("status", sa.String(16), nullable=False, server_default="draft"),
        sa.Column("user_snap_s3", sa.String(255), nullable=False),
        sa.Column("uncleaned_outfit_s3", sa.String(255), nullable=False),
        sa.Column("cleaned_outfit_s3", sa.String(255)),
        sa.Column("result_s3", sa.String(255)),
        sa.Column("error", JSONB),
        sa.Column("created_at", _time, nullable=False, server_default=_now),
        sa.Column("updated_at", _time, nullable=False, server_default=_now),
    )
    op.create_table(
        "jobs",
        sa.Column("id", sa.String(40), primary_key=True),
        _user(),
        sa.Column("vton_id", UUID(as_uuid=False), sa.ForeignKey("vtons.id", ondelete="SET NULL"), index=True),
        sa.Column("kind", sa.String(32), nullable=False),
        sa.Column("lane", sa.String(16), nullable=False),
        sa.Column("status", sa.String(16), nullable=False, server_default="queued"),
        sa.Column("attempts", sa.Integer, nullable=False, server_default="0"),
        sa.Column("request", JSONB, nullable=False),
        sa.Column("then_job_id", sa.String(40)),
        sa.Column("stream_seq", sa.BigInteger),
        sa.Column("result_s3_key", sa.String(255)),
        sa.Column("details", JSONB),
        sa.Column("error", JSONB),
        sa.Column("idempotency_key", sa.String(255)),
        sa.Column("idempotency_hash", sa.String(64)),
        sa.Column("created_at", _time, nullable=False, server_default=_now),
        sa.Column("started_at", _time),
        sa.Column("finished_at", _time),
        sa.UniqueConstraint("user_id", "kind", "idempotency_key"),
    )
    op.create_index(
        "jobs_waiting", "jobs", ["kind", "lane", "id"], postgresql_where=sa.text("status = 'queued'")
    )
    op.create_table(
        "outbox",
        sa.Column("id", sa.BigInteger, primary_key=True, autoincrement=True),
        sa.Column("subject", sa.String(255), nullable=False),
        sa.Column("msg_id", sa.String(255), nullable=False),
        sa.Column("payload", JSONB, nullable=False),
        sa.Column("headers", JSONB, nullable=False),
        sa.Column("job_id", sa.String(40)),
        sa.Column("created_at", _time, nullable=False, server_default=_now),
    )
