"""When a job ended by the database's clock, and whether its object was looked at since."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Jobs that ended before are taken as looked at."""
    op.add_column("jobs", sa.Column("ended_at", sa.DateTime(timezone=True)))
    op.add_column("jobs", sa.Column("settled", sa.Boolean, nullable=False, server_default=sa.false()))
    op.execute("UPDATE jobs SET settled = true WHERE status IN ('completed', 'failed', 'cancelled')")
    active = sa.text("status IN ('queued', 'running')")
    op.create_index("jobs_active", "jobs", ["id"], postgresql_where=active)
    unsettled = sa.text("ended_at IS NOT NULL AND NOT settled")
    op.create_index("jobs_unsettled", "jobs", ["ended_at"], postgresql_where=unsettled)
    op.create_index("outbox_job", "outbox", ["job_id"], postgresql_where=sa.text("job_id IS NOT NULL"))


def downgrade() -> None:
    """Back to 0001."""
    op.drop_index("outbox_job", "outbox")
    op.drop_index("jobs_unsettled", "jobs")
    op.drop_index("jobs_active", "jobs")
    op.drop_column("jobs", "settled")
    op.drop_column("jobs", "ended_at")
