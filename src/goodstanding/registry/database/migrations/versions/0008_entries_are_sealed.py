"""How often a passkey signed in, and when last, is sealed: no count can be put there that shuts its owner out.

The keys are not here: `create_registry` seals what stands in them afterwards, in the same transaction (relog.py).
Going back, no passkey has signed in yet.

Revision ID: 0008
Revises: 0007
"""

import msgspec
import sqlalchemy as sa
from alembic import op

from goodstanding.registry.clock import instant_text
from goodstanding.registry.database.types import UtcTime

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

_BEFORE = sa.table(
    "passkeys",
    sa.column("id", sa.LargeBinary),
    sa.column("sign_count", sa.BigInteger),
    sa.column("used_at", UtcTime),
    sa.column("entered", sa.LargeBinary),
)


def upgrade() -> None:
    """Forward."""
    op.add_column("passkeys", sa.Column("entered", sa.LargeBinary))
    connection = op.get_bind()
    for (own,) in connection.execute(sa.select(_BEFORE.c.id)).all():
        chosen = _BEFORE.c.id == own
        try:
            count, used = connection.execute(sa.select(_BEFORE.c.sign_count, _BEFORE.c.used_at).where(chosen)).one()
            said = [int(count), used and instant_text(used)]
        except (ValueError, TypeError, AttributeError):
            said = [0, None]  # it does not read, and shuts nobody out
        connection.execute(sa.update(_BEFORE).where(chosen).values(entered=msgspec.json.encode(said)))
    with op.batch_alter_table("passkeys", schema=None) as batch_op:
        batch_op.alter_column("entered", existing_type=sa.LargeBinary(), nullable=False)
        batch_op.drop_column("sign_count")
        batch_op.drop_column("used_at")


def downgrade() -> None:
    """Back."""
    # Columns stand where they stood, where a table has to be written anew for it.
    anew = op.get_bind().dialect.name == "sqlite"
    first, second = ("added_at", "sign_count") if anew else (None, None)
    with op.batch_alter_table("passkeys", schema=None, recreate="always" if anew else "auto") as batch_op:
        count = sa.Column("sign_count", sa.BigInteger(), nullable=False, server_default="0")
        batch_op.add_column(count, insert_after=first)
        batch_op.add_column(sa.Column("used_at", UtcTime()), insert_after=second)
        batch_op.drop_column("entered")
    with op.batch_alter_table("passkeys", schema=None) as batch_op:
        batch_op.alter_column("sign_count", existing_type=sa.BigInteger(), server_default=None)
