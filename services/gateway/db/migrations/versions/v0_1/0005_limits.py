"""Counting a user's waiting jobs without reading their history."""

from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """A small index: of what waits alone."""
    op.create_index("jobs_waiting_of_user", "jobs", ["user_id"], postgresql_where="status = 'queued'")


def downgrade() -> None:
    """Only slower."""
    op.drop_index("jobs_waiting_of_user")
