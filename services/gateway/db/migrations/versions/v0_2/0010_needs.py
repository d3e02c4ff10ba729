"""Jobs that wait for others. Chains of the version before go on: they name each other in ``then_job_id``."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"


def _job() -> sa.ForeignKey:
    return sa.ForeignKey("jobs.id", ondelete="CASCADE")


def upgrade() -> None:
    """A job of before needs nothing, and nobody needs it."""
    op.add_column("jobs", sa.Column("needs_left", sa.Integer, nullable=False, server_default="0"))
    op.add_column("jobs", sa.Column("needed", sa.Boolean, nullable=False, server_default=sa.false()))
    op.add_column("jobs", sa.Column("request_subject", sa.String(255)))
    op.create_table(
        "job_needs",
        sa.Column("job_id", sa.String(40), _job(), primary_key=True),
        sa.Column("needed_id", sa.String(40), _job(), primary_key=True, index=True),
        sa.Column("input", sa.String(64), primary_key=True),
        sa.Column("output", sa.String(64), nullable=False),
        sa.Column("own", sa.Boolean, nullable=False, server_default=sa.false()),
        sa.Column("met", sa.Boolean, nullable=False, server_default=sa.false()),
    )


def downgrade() -> None:
    """Jobs that wait for more than one other, or for another than a cut-out, wait for ever: cancel them first."""
    op.drop_table("job_needs")
    for column in ("request_subject", "needed", "needs_left"):
        op.drop_column("jobs", column)
