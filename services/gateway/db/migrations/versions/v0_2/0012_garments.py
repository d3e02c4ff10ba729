"""Garments, and which one a VTON is about."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB, UUID

revision = "0012"
down_revision = "0011"

_now = sa.text("now()")
_time = sa.DateTime(timezone=True)


def upgrade() -> None:
    """A VTON of before names none."""
    owner = sa.ForeignKey("users.id", ondelete="CASCADE")
    op.create_table(
        "garments",
        sa.Column("id", UUID(as_uuid=False), primary_key=True),
        sa.Column("user_id", UUID(as_uuid=False), owner, nullable=False, index=True),
        sa.Column("title", sa.String(200)),
        sa.Column("part", sa.String(16), nullable=False),
        sa.Column("garment_class", sa.String(32)),
        sa.Column("picture_keys", JSONB, nullable=False),
        sa.Column("cleaned_key", sa.String(255)),
        sa.Column("composition", sa.String(500)),
        sa.Column("stretch", sa.String(32)),
        sa.Column("chart", JSONB),
        sa.Column("chart_confirmed", sa.Boolean, nullable=False, server_default=sa.false()),
        sa.Column("url", sa.Text),
        sa.Column("created_at", _time, nullable=False, server_default=_now),
        sa.Column("updated_at", _time, nullable=False, server_default=_now),
    )
    op.add_column("vtons", sa.Column("garment_id", UUID(as_uuid=False)))


def downgrade() -> None:
    """The garments are gone; their pictures stay."""
    op.drop_column("vtons", "garment_id")
    op.drop_table("garments")
