"""Token buckets, and socket tokens that were used."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import UUID

revision = "0004"
down_revision = "0003"

_time = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Two small tables that no other refers to."""
    op.create_table(
        "buckets",
        sa.Column("key", sa.String(100), primary_key=True),
        sa.Column("tokens", sa.Float, nullable=False),
        sa.Column("at", _time, nullable=False),
    )
    op.create_table(
        "used_socket_tokens",
        sa.Column("id", UUID(as_uuid=False), primary_key=True),
        sa.Column("expires_at", _time, nullable=False),
    )


def downgrade() -> None:
    """Nothing is lost but counts."""
    op.drop_table("used_socket_tokens")
    op.drop_table("buckets")
