"""What deliveries say is sealed, and they say whom they are about.

The keys are not here: `create_registry` seals what stands in them afterwards, in the same transaction (relog.py).
Going back keeps what is sealed, as a JSON string of its bytes in hex, which coming here again takes up.

Revision ID: 0007
Revises: 0006
"""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

_SEALED = sa.table("deliveries", sa.column("log_index", sa.BigInteger), sa.column("body", sa.LargeBinary))


def upgrade() -> None:
    """Forward."""
    with op.batch_alter_table("deliveries", schema=None) as batch_op:
        batch_op.alter_column(
            "body",
            existing_type=sa.JSON(),
            type_=sa.LargeBinary(),
            existing_nullable=False,
            postgresql_using="convert_to(body::text, 'UTF8')",
        )
        batch_op.add_column(sa.Column("person_id", sa.Uuid()))
        batch_op.create_foreign_key(batch_op.f("fk_deliveries_person_id"), "people", ["person_id"], ["id"])
        batch_op.create_index(batch_op.f("ix_deliveries_person_id"), ["person_id"], unique=False)
    connection = op.get_bind()
    sealed_before = sa.func.substr(_SEALED.c.body, 1, 1) == b'"'
    for row in connection.execute(sa.select(_SEALED).where(sealed_before)).all():
        try:
            body = bytes.fromhex(row.body.decode().strip('"'))
        except ValueError:
            continue  # no body of ours: the check names it
        connection.execute(sa.update(_SEALED).where(_SEALED.c.log_index == row.log_index).values(body=body))


def downgrade() -> None:
    """Back."""
    if op.get_bind().dialect.name == "sqlite":
        op.execute("""UPDATE deliveries SET body = '"' || hex(body) || '"'""")
    with op.batch_alter_table("deliveries", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_deliveries_person_id"))
        batch_op.drop_constraint(batch_op.f("fk_deliveries_person_id"), type_="foreignkey")
        batch_op.drop_column("person_id")
        batch_op.alter_column(
            "body",
            existing_type=sa.LargeBinary(),
            type_=sa.JSON(),
            existing_nullable=False,
            postgresql_using="to_json(encode(body, 'hex'))",
        )
