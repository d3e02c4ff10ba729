"""A message of the outbox that its writer publishes at once, and nobody else looks at before that may have failed."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    """Null: whoever sees it first."""
    op.add_column("outbox", sa.Column("claimed_until", sa.DateTime(timezone=True)))


def downgrade() -> None:
    """Every relay sees every message."""
    op.drop_column("outbox", "claimed_until")
