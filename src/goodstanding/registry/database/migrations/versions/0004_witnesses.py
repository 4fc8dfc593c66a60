"""Witnesses, and what they cosigned."""

# pyright: basic

import sqlalchemy as sa
from alembic import op

from goodstanding.registry.database.types import UtcTime

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """To this revision."""
    op.create_table(
        "witnesses",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(length=255), nullable=False),
        sa.Column("vkey", sa.Text(), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("added_at", UtcTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_witnesses")),
        sa.UniqueConstraint("name", name=op.f("uq_witnesses_name")),
    )
    op.create_table(
        "cosignatures",
        sa.Column("witness", sa.String(length=255), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("at", UtcTime(), nullable=False),
        sa.Column("checkpoint", sa.Text(), nullable=False),
        sa.Column("line", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("witness", "size", name=op.f("pk_cosignatures")),
        info={"proven": False},
    )
    op.create_index(op.f("ix_cosignatures_size"), "cosignatures", ["size"], unique=False)


def downgrade() -> None:
    """To the one before."""
    op.drop_index(op.f("ix_cosignatures_size"), table_name="cosignatures")
    op.drop_table("cosignatures")
    op.drop_table("witnesses")
