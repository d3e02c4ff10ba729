"""The Idempotency-Key that a garment was posted with."""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"


def upgrade() -> None:
    """A garment of before, or posted without one, has none."""
    op.add_column("garments", sa.Column("idempotency_key", sa.String(255)))
    op.add_column("garments", sa.Column("idempotency_hash", sa.String(64)))
    op.create_unique_constraint("uq_garments_idempotency", "garments", ["user_id", "idempotency_key"])


def downgrade() -> None:
    """A repeat makes another garment again."""
    op.drop_constraint("uq_garments_idempotency", "garments")
    op.drop_column("garments", "idempotency_hash")
    op.drop_column("garments", "idempotency_key")
