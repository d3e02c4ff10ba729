"""The Idempotency-Key that a garment was posted with; a page of somebody's try-ons, and the newest jobs of each."""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"


def upgrade() -> None:
    """A garment of before, or posted without one, has no key. Each index takes the place of one that knows no order."""
    op.add_column("garments", sa.Column("idempotency_key", sa.String(255)))
    op.add_column("garments", sa.Column("idempotency_hash", sa.String(64)))
    op.create_unique_constraint("uq_garments_idempotency", "garments", ["user_id", "idempotency_key"])
    op.create_index("vtons_of_user", "vtons", ["user_id", "id"])
    op.create_index("jobs_of_vton", "jobs", ["vton_id", "id"])
    op.drop_index("ix_vtons_user_id", "vtons")
    op.drop_index("ix_jobs_vton_id", "jobs")


def downgrade() -> None:
    """A repeat makes another garment again."""
    op.create_index("ix_vtons_user_id", "vtons", ["user_id"])
    op.create_index("ix_jobs_vton_id", "jobs", ["vton_id"])
    op.drop_index("jobs_of_vton", "jobs")
    op.drop_index("vtons_of_user", "vtons")
    op.drop_constraint("uq_garments_idempotency", "garments")
    op.drop_column("garments", "idempotency_hash")
    op.drop_column("garments", "idempotency_key")
