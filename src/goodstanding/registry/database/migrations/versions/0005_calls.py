"""Calls, counted between the processes that share the database."""

# pyright: basic

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """To this revision."""
    op.create_table(
        "calls",
        sa.Column("minute", sa.BigInteger(), nullable=False),
        sa.Column("process", sa.String(length=32), nullable=False),
        sa.Column("caller", sa.LargeBinary(length=32), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("minute", "process", "caller", name=op.f("pk_calls")),
        info={"proven": False},
    )


def downgrade() -> None:
    """Back to the revision before."""
    op.drop_table("calls")
