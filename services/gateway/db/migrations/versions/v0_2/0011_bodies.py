"""What users tell of their bodies."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    """One row a user."""
    op.create_table(
        "bodies",
        sa.Column(
            "user_id",
            postgresql.UUID(as_uuid=False),
            sa.ForeignKey("users.id", ondelete="CASCADE"),
            primary_key=True,
        ),
        sa.Column("measures", postgresql.JSONB, nullable=False),
    )


def downgrade() -> None:
    """The measures are gone."""
    op.drop_table("bodies")
