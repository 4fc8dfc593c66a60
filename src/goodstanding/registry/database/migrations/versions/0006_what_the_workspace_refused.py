"""Furnished records note when their workspace refused them.

Revision ID: 0006
Revises: 0005
"""

import sqlalchemy as sa
from alembic import op

from goodstanding.registry.database.types import UtcTime

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Forward."""
    op.add_column("furnished", sa.Column("refused_at", UtcTime))


def downgrade() -> None:
    """Back."""
    op.drop_column("furnished", "refused_at")
