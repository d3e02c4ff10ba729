"""A page of somebody's try-ons, and the newest jobs of each, whatever number there are."""

from alembic import op

revision = "0016"
down_revision = "0015"


def upgrade() -> None:
    """Each takes the place of an index that knows no order."""
    op.create_index("vtons_of_user", "vtons", ["user_id", "id"])
    op.create_index("jobs_of_vton", "jobs", ["vton_id", "id"])
    op.drop_index("ix_vtons_user_id", "vtons")
    op.drop_index("ix_jobs_vton_id", "jobs")


def downgrade() -> None:
    """The other way round."""
    op.create_index("ix_vtons_user_id", "vtons", ["user_id"])
    op.create_index("ix_jobs_vton_id", "jobs", ["vton_id"])
    op.drop_index("jobs_of_vton", "jobs")
    op.drop_index("vtons_of_user", "vtons")
