"""Outfits: what was asked for, and by which jobs; how it goes, those say."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB, UUID

revision = "0016"
down_revision = "0015"


def upgrade() -> None:
    """An outfit goes with its last job, which ends after the others."""
    op.create_table(
        "outfits",
        sa.Column("id", UUID(as_uuid=False), primary_key=True),
        sa.Column(
            "user_id", UUID(as_uuid=False), sa.ForeignKey("users.id", ondelete="CASCADE"), nullable=False
        ),
        sa.Column(
            "last_job_id",
            sa.String(40),
            sa.ForeignKey("jobs.id", ondelete="CASCADE"),
            nullable=False,
            unique=True,
        ),
        sa.Column("user_snap_s3", sa.String(255), nullable=False),
        sa.Column("garments", JSONB, nullable=False),
        sa.Column("idempotency_key", sa.String(255)),
        sa.Column("idempotency_hash", sa.String(64)),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False, server_default=sa.text("now()")),
        sa.UniqueConstraint("user_id", "idempotency_key", name="uq_outfits_idempotency"),
    )
    op.create_index("outfits_of_user", "outfits", ["user_id", "id"])


def downgrade() -> None:
    """The outfits are gone; their jobs and pictures stay."""
    op.drop_table("outfits")
