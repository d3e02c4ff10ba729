"""One-time links of accounts, and whether an address was checked."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import UUID

revision = "0013"
down_revision = "0012"

_time = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Nobody's address was checked before."""
    op.create_table(
        "account_links",
        sa.Column("token_hash", sa.String(64), primary_key=True),
        sa.Column(
            "user_id",
            UUID(as_uuid=False),
            sa.ForeignKey("users.id", ondelete="CASCADE"),
            nullable=False,
            index=True,
        ),
        sa.Column("purpose", sa.String(16), nullable=False),
        sa.Column("expires_at", _time, nullable=False),
    )
    op.add_column("users", sa.Column("email_checked_at", _time))


def downgrade() -> None:
    """Links that were sent are good for nothing."""
    op.drop_column("users", "email_checked_at")
    op.drop_table("account_links")
