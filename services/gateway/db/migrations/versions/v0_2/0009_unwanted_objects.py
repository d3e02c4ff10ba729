"""Objects that are to go whatever the store says at the moment, whose turn it is, and the way back along a chain."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"

_time = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Two small tables that no other refers to, and an index of the few jobs that another waits for."""
    op.create_table(
        "unwanted_objects",
        sa.Column("prefix", sa.String(255), primary_key=True),
        sa.Column("until", _time, nullable=False),
        sa.Column("look_at", _time, nullable=False, server_default=sa.text("now()")),
    )
    op.create_table(
        "turns",
        sa.Column("name", sa.String(32), primary_key=True),
        sa.Column("holder", sa.String(64), nullable=False),
        sa.Column("until", _time, nullable=False),
    )
    op.create_index(
        "jobs_chained", "jobs", ["then_job_id"], postgresql_where=sa.text("then_job_id IS NOT NULL")
    )


def downgrade() -> None:
    """What was still to be removed from the store stays there."""
    op.drop_index("jobs_chained", "jobs")
    op.drop_table("turns")
    op.drop_table("unwanted_objects")
