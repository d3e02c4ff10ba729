"""Guests: users without an address and a password.

Expands only: what ran before does not write such rows, and reads them as it reads others.
"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Let both be left out."""
    op.alter_column("users", "email", existing_type=sa.String(254), nullable=True)
    op.alter_column("users", "password_hash", existing_type=sa.Text, nullable=True)


def downgrade() -> None:
    """Guests have no place in the older schema."""
    op.execute("DELETE FROM users WHERE email IS NULL OR password_hash IS NULL")
    op.alter_column("users", "email", existing_type=sa.String(254), nullable=False)
    op.alter_column("users", "password_hash", existing_type=sa.Text, nullable=False)
