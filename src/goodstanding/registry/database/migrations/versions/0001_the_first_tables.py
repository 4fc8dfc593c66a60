"""The first tables."""

# pyright: basic

import sqlalchemy as sa
from alembic import op

from goodstanding.registry.database.types import UtcTime

revision = "0001"
down_revision = None


def upgrade() -> None:
    """To this revision."""
    op.create_table(
        "log",
        sa.Column("log_index", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("at", UtcTime(), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("object", sa.String(length=128), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("leaf", sa.LargeBinary(length=32), nullable=False),
        sa.PrimaryKeyConstraint("log_index", name=op.f("pk_log")),
    )
    with op.batch_alter_table("log", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_log_object"), ["object"], unique=False)

    op.create_table(
        "log_head",
        sa.Column("id", sa.SmallInteger(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("peaks", sa.LargeBinary(), nullable=False),
        sa.Column("signed", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_log_head")),
    )
    op.create_table(
        "log_tiles",
        sa.Column("level", sa.SmallInteger(), nullable=False),
        sa.Column("place", sa.BigInteger(), nullable=False),
        sa.Column("hash", sa.LargeBinary(length=32), nullable=False),
        sa.PrimaryKeyConstraint("level", "place", name=op.f("pk_log_tiles")),
    )
    op.create_table(
        "parties",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("role", sa.String(length=16), nullable=False),
        sa.Column("code_kind", sa.String(length=32), nullable=False),
        sa.Column("code", sa.String(length=64), nullable=False),
        sa.Column("contexts", sa.JSON(), nullable=False),
        sa.Column("keys", sa.JSON(), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("joined_at", UtcTime(), nullable=False),
        sa.CheckConstraint("role IN ('merchant', 'furnisher')", name=op.f("ck_parties_role")),
        sa.CheckConstraint("state IN ('active', 'suspended')", name=op.f("ck_parties_state")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_parties")),
        sa.UniqueConstraint("code_kind", "code", "role", name=op.f("uq_parties_code_kind_code_role")),
    )
    op.create_table(
        "people",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("state", sa.String(length=8), nullable=False),
        sa.Column("language", sa.String(length=16), nullable=False),
        sa.Column("jurisdiction", sa.String(length=8), nullable=False),
        sa.Column("notice", sa.JSON(), nullable=False),
        sa.Column("joined_at", UtcTime(), nullable=False),
        sa.Column("left_at", UtcTime(), nullable=True),
        sa.Column("frozen_at", UtcTime(), nullable=True),
        sa.Column("contested", sa.SmallInteger(), server_default="0", nullable=False),
        sa.Column("held", sa.SmallInteger(), server_default="0", nullable=False),
        sa.Column("words", sa.LargeBinary(), nullable=True),
        sa.CheckConstraint("state IN ('open', 'closed')", name=op.f("ck_people_state")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_people")),
    )
    op.create_table(
        "programmes",
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("version", sa.String(length=32), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("expert", sa.Text(), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("drafted_by", sa.String(length=120), nullable=False),
        sa.Column("reviewed_by", sa.String(length=120), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("changed_at", UtcTime(), nullable=False),
        sa.CheckConstraint(
            "state IN ('draft', 'rejected', 'reviewed', 'published', 'superseded', 'withdrawn')",
            name=op.f("ck_programmes_state"),
        ),
        sa.CheckConstraint("reviewed_by <> drafted_by", name=op.f("ck_programmes_second_person")),
        sa.PrimaryKeyConstraint("name", "version", name=op.f("pk_programmes")),
    )
    op.create_table(
        "publications",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("programme", sa.String(length=64), nullable=False),
        sa.Column("version", sa.String(length=32), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("as_of", sa.String(length=7), nullable=False),
        sa.Column("run", sa.String(length=64), nullable=False),
        sa.Column("card", sa.String(length=64), nullable=False),
        sa.Column("people", sa.Integer(), nullable=True),
        sa.Column("root", sa.LargeBinary(length=32), nullable=True),
        sa.Column("log_index", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_publications")),
    )
    op.create_table(
        "uses",
        sa.Column("log_index", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("party_id", sa.Uuid(), nullable=False),
        sa.Column("consent_id", sa.Uuid(), nullable=True),
        sa.Column("transaction_id", sa.String(length=64), nullable=True),
        sa.Column("asked", sa.String(length=64), nullable=False),
        sa.Column("at", UtcTime(), nullable=False),
        sa.Column("scope", sa.String(length=16), nullable=False),
        sa.Column("threshold", sa.SmallInteger(), nullable=True),
        sa.Column("refusal", sa.String(length=32), nullable=True),
        sa.Column("answer", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("log_index", name=op.f("pk_uses")),
        sa.UniqueConstraint("party_id", "transaction_id", name=op.f("uq_uses_party_id_transaction_id")),
    )
    with op.batch_alter_table("uses", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_uses_consent_id_at"), ["consent_id", "at"], unique=False)
        batch_op.create_index(
            batch_op.f("ix_uses_person_id_party_id_at"), ["person_id", "party_id", "at"], unique=False
        )

    op.create_table(
        "cases",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("party_id", sa.Uuid(), nullable=True),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("opened_at", UtcTime(), nullable=False),
        sa.Column("due_at", UtcTime(), nullable=False),
        sa.Column("closed_at", UtcTime(), nullable=True),
        sa.Column("closed_by", sa.String(length=120), nullable=True),
        sa.Column("answer", sa.LargeBinary(), nullable=True),
        sa.CheckConstraint("kind IN ('dispute', 'block', 'review')", name=op.f("ck_cases_kind")),
        sa.ForeignKeyConstraint(["party_id"], ["parties.id"], name=op.f("fk_cases_party_id")),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_cases_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_cases")),
    )
    with op.batch_alter_table("cases", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_cases_party_id_state"), ["party_id", "state"], unique=False)
        batch_op.create_index(batch_op.f("ix_cases_person_id"), ["person_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_cases_state_due_at"), ["state", "due_at"], unique=False)

    op.create_table(
        "consents",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("party_id", sa.Uuid(), nullable=False),
        sa.Column("state", sa.String(length=8), nullable=False),
        sa.Column("terms", sa.JSON(), nullable=False),
        sa.Column("artefact", sa.Text(), nullable=True),
        sa.Column("starts_at", UtcTime(), nullable=False),
        sa.Column("expires_at", UtcTime(), nullable=False),
        sa.Column("asked_at", UtcTime(), nullable=False),
        sa.Column("changed_at", UtcTime(), nullable=False),
        sa.CheckConstraint(
            "state IN ('PENDING', 'ACTIVE', 'PAUSED', 'REVOKED', 'EXPIRED', 'REJECTED')", name=op.f("ck_consents_state")
        ),
        sa.ForeignKeyConstraint(["party_id"], ["parties.id"], name=op.f("fk_consents_party_id")),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_consents_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_consents")),
    )
    with op.batch_alter_table("consents", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_consents_party_id_id"), ["party_id", "id"], unique=False)
        batch_op.create_index(batch_op.f("ix_consents_person_id_party_id"), ["person_id", "party_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_consents_state_expires_at"), ["state", "expires_at"], unique=False)

    op.create_table(
        "deliveries",
        sa.Column("log_index", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("party_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("body", sa.JSON(), nullable=False),
        sa.Column("at", UtcTime(), nullable=False),
        sa.Column("due_at", UtcTime(), nullable=False),
        sa.Column("tries", sa.SmallInteger(), server_default="0", nullable=False),
        sa.Column("next_at", UtcTime(), nullable=True),
        sa.Column("done_at", UtcTime(), nullable=True),
        sa.ForeignKeyConstraint(["party_id"], ["parties.id"], name=op.f("fk_deliveries_party_id")),
        sa.PrimaryKeyConstraint("log_index", name=op.f("pk_deliveries")),
    )
    with op.batch_alter_table("deliveries", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_deliveries_next_at"), ["next_at"], unique=False)
        batch_op.create_index(batch_op.f("ix_deliveries_party_id"), ["party_id"], unique=False)

    op.create_table(
        "erased_scores",
        sa.Column("publication", sa.BigInteger(), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("leaf", sa.LargeBinary(length=32), nullable=False),
        sa.ForeignKeyConstraint(["publication"], ["publications.id"], name=op.f("fk_erased_scores_publication")),
        sa.PrimaryKeyConstraint("publication", "place", name=op.f("pk_erased_scores")),
    )
    op.create_table(
        "furnished",
        sa.Column("log_index", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("party_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("item_hash", sa.LargeBinary(length=32), nullable=False),
        sa.Column("record_table", sa.String(length=32), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("adverse", sa.SmallInteger(), nullable=False),
        sa.Column("at", UtcTime(), nullable=False),
        sa.Column("counts_from", UtcTime(), nullable=False),
        sa.Column("collected_at", UtcTime(), nullable=True),
        sa.ForeignKeyConstraint(["party_id"], ["parties.id"], name=op.f("fk_furnished_party_id")),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_furnished_person_id")),
        sa.PrimaryKeyConstraint("log_index", name=op.f("pk_furnished")),
    )
    with op.batch_alter_table("furnished", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_furnished_collected_at_counts_from"), ["collected_at", "counts_from"], unique=False
        )
        batch_op.create_index(batch_op.f("ix_furnished_party_id_item_hash"), ["party_id", "item_hash"], unique=False)
        batch_op.create_index(batch_op.f("ix_furnished_person_id"), ["person_id"], unique=False)

    op.create_table(
        "identifiers",
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("hash", sa.LargeBinary(length=32), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_identifiers_person_id")),
        sa.PrimaryKeyConstraint("kind", "hash", name=op.f("pk_identifiers")),
        info={"key": ("person_id", "kind")},
    )
    with op.batch_alter_table("identifiers", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_identifiers_person_id"), ["person_id"], unique=False)

    op.create_table(
        "messages",
        sa.Column("log_index", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("at", UtcTime(), nullable=False),
        sa.Column("read_at", UtcTime(), nullable=True),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_messages_person_id")),
        sa.PrimaryKeyConstraint("log_index", name=op.f("pk_messages")),
    )
    with op.batch_alter_table("messages", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_messages_person_id_log_index"), ["person_id", "log_index"], unique=False)

    op.create_table(
        "scores",
        sa.Column("programme", sa.String(length=64), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("as_of", sa.String(length=7), nullable=False),
        sa.Column("publication", sa.BigInteger(), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("score", sa.SmallInteger(), nullable=True),
        sa.Column("low", sa.SmallInteger(), nullable=True),
        sa.Column("high", sa.SmallInteger(), nullable=True),
        sa.Column("band", sa.String(length=64), nullable=True),
        sa.Column("not_scored", sa.String(length=64), nullable=True),
        sa.Column("dimensions", sa.JSON(), nullable=False),
        sa.Column("reasons", sa.JSON(), nullable=False),
        sa.Column("leaf", sa.LargeBinary(length=32), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_scores_person_id")),
        sa.ForeignKeyConstraint(["publication"], ["publications.id"], name=op.f("fk_scores_publication")),
        sa.PrimaryKeyConstraint("programme", "person_id", "as_of", "publication", name=op.f("pk_scores")),
    )
    with op.batch_alter_table("scores", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_scores_publication_place"), ["publication", "place"], unique=True)

    op.create_table(
        "marks",
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("item_hash", sa.LargeBinary(length=32), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("changed_at", UtcTime(), nullable=False),
        sa.Column("collected_at", UtcTime(), nullable=True),
        sa.CheckConstraint("state IN ('disputed', 'withdrawn', 'valid')", name=op.f("ck_marks_state")),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_marks_case_id")),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_marks_person_id")),
        sa.PrimaryKeyConstraint("person_id", "item_hash", name=op.f("pk_marks")),
    )
    with op.batch_alter_table("marks", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_marks_case_id"), ["case_id"], unique=False)

    op.create_table(
        "receipts",
        sa.Column("log_index", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("consent_id", sa.Uuid(), nullable=False),
        sa.Column("receipt", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["consent_id"], ["consents.id"], name=op.f("fk_receipts_consent_id")),
        sa.PrimaryKeyConstraint("log_index", name=op.f("pk_receipts")),
    )
    with op.batch_alter_table("receipts", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_receipts_consent_id"), ["consent_id"], unique=False)


def downgrade() -> None:
    """To the one before."""
    with op.batch_alter_table("receipts", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_receipts_consent_id"))

    op.drop_table("receipts")
    with op.batch_alter_table("marks", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_marks_case_id"))

    op.drop_table("marks")
    with op.batch_alter_table("scores", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_scores_publication_place"))

    op.drop_table("scores")
    with op.batch_alter_table("messages", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_messages_person_id_log_index"))

    op.drop_table("messages")
    with op.batch_alter_table("identifiers", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_identifiers_person_id"))

    op.drop_table("identifiers")
    with op.batch_alter_table("furnished", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_furnished_person_id"))
        batch_op.drop_index(batch_op.f("ix_furnished_party_id_item_hash"))
        batch_op.drop_index(batch_op.f("ix_furnished_collected_at_counts_from"))

    op.drop_table("furnished")
    op.drop_table("erased_scores")
    with op.batch_alter_table("deliveries", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_deliveries_party_id"))
        batch_op.drop_index(batch_op.f("ix_deliveries_next_at"))

    op.drop_table("deliveries")
    with op.batch_alter_table("consents", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_consents_state_expires_at"))
        batch_op.drop_index(batch_op.f("ix_consents_person_id_party_id"))
        batch_op.drop_index(batch_op.f("ix_consents_party_id_id"))

    op.drop_table("consents")
    with op.batch_alter_table("cases", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_cases_state_due_at"))
        batch_op.drop_index(batch_op.f("ix_cases_person_id"))
        batch_op.drop_index(batch_op.f("ix_cases_party_id_state"))

    op.drop_table("cases")
    with op.batch_alter_table("uses", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_uses_person_id_party_id_at"))
        batch_op.drop_index(batch_op.f("ix_uses_consent_id_at"))

    op.drop_table("uses")
    op.drop_table("publications")
    op.drop_table("programmes")
    op.drop_table("people")
    op.drop_table("parties")
    op.drop_table("log_tiles")
    op.drop_table("log_head")
    with op.batch_alter_table("log", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_log_object"))

    op.drop_table("log")
