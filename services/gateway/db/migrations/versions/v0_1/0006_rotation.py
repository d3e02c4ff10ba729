"""Refresh tokens, by hash: the one that is good, and the one before it."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    """Sign-ins from before have none and last until their cookie ends."""
    op.add_column("sessions", sa.Column("refresh_hash", sa.String(64)))
    op.add_column("sessions", sa.Column("previous_hash", sa.String(64)))
    op.add_column("sessions", sa.Column("rotated_at", sa.DateTime(timezone=True)))


def downgrade() -> None:
    """Sign-ins end when their access token does."""
    for column in ("rotated_at", "previous_hash", "refresh_hash"):
        op.drop_column("sessions", column)
