"""The Idempotency-Key that a VTON was posted with."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"


def upgrade() -> None:
    """A VTON of before, or posted without one, has none."""
    op.add_column("vtons", sa.Column("idempotency_key", sa.String(255)))
    op.add_column("vtons", sa.Column("idempotency_hash", sa.String(64)))
    op.create_unique_constraint("uq_vtons_idempotency", "vtons", ["user_id", "idempotency_key"])


def downgrade() -> None:
    """A repeat makes another VTON again."""
    op.drop_constraint("uq_vtons_idempotency", "vtons")
    op.drop_column("vtons", "idempotency_hash")
    op.drop_column("vtons", "idempotency_key")
