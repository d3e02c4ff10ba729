"""Who may look at and steer the system, and finding what ended lately without reading what ended long ago."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    """Nobody is an admin until `proteus admins add` says so."""
    op.add_column("users", sa.Column("is_admin", sa.Boolean, nullable=False, server_default=sa.false()))
    ended = sa.text("ended_at IS NOT NULL")
    what = ["kind", "status"]  # so that counting reads the index alone
    op.create_index("jobs_ended", "jobs", ["ended_at"], postgresql_include=what, postgresql_where=ended)


def downgrade() -> None:
    """Who was an admin is forgotten."""
    op.drop_index("jobs_ended", "jobs")
    op.drop_column("users", "is_admin")
