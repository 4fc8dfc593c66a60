"""The registry's tables.

Everything that names a person or is their own words is sealed (`sealed_under` says under which context it opens) or
hashed under a key; the keys are not in the database. What is `unproven` is not held against the log, for the reason
that stands there; what is proven only since a later revision says so (`proven_since`).

A table about people says in `leaving` what becomes of its rows when their person leaves: "erased", "closed" (the row
says that they left), "kept" as law asks, "unnamed" (what may name them goes), or "waits" until the workspace's files
are erased; and in `export` under which name they are taken along, or None where they say nothing that the person does
not know. Its rows are found by `person_id`, or as `of_person` says; what a column holds in a row that stays after its
person left is `on_leaving`. What is sealed as JSON (`says`) is held against the log as what it says.

Leaving, export, verification and the rotation of keys walk these: a new table is its lines here and a migration.
"""

from sqlalchemy import (
    JSON,
    BigInteger,
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    SmallInteger,
    String,
    Table,
    Text,
    UniqueConstraint,
    Uuid,
)

from goodstanding.registry.database.types import UtcTime

# Named, so that a migration can find a constraint again on either database.
METADATA = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)

people = Table(
    "people",
    METADATA,
    Column("id", Uuid, primary_key=True),
    Column("state", String(8), nullable=False),
    Column("language", String(16), nullable=False),
    Column("jurisdiction", String(8), nullable=False),
    Column("notice", JSON, nullable=False),
    Column("joined_at", UtcTime, nullable=False),
    Column("left_at", UtcTime),
    Column("frozen_at", UtcTime, info={"on_leaving": None}),
    Column("contested", SmallInteger, nullable=False, server_default="0", info={"on_leaving": 0}),
    Column("held", SmallInteger, nullable=False, server_default="0", info={"on_leaving": 0}),
    Column("words", LargeBinary, info={"sealed_under": "words of {id}", "on_leaving": None}),
    CheckConstraint("state IN ('open', 'closed')", name="state"),
    info={"leaving": "closed", "export": "person"},
)

identifiers = Table(
    "identifiers",
    METADATA,
    Column("kind", String(32), primary_key=True),
    # Follows from what is sealed, under the lookup key in force.
    Column(
        "hash",
        LargeBinary(32),
        primary_key=True,
        info={"unproven": "It follows from what is sealed, under a key that is replaced: the check computes it anew."},
    ),
    Column("person_id", Uuid, ForeignKey("people.id"), nullable=False, index=True),
    Column("sealed", LargeBinary, nullable=False, info={"sealed_under": "identifier {kind}"}),
    info={"key": ("person_id", "kind"), "leaving": "erased", "export": "person"},
)

parties = Table(
    "parties",
    METADATA,
    Column("id", Uuid, primary_key=True),
    Column("name", String(120), nullable=False),
    Column("role", String(16), nullable=False),
    Column("code_kind", String(32), nullable=False),
    Column("code", String(64), nullable=False),
    Column("contexts", JSON, nullable=False),
    Column("keys", JSON, nullable=False),
    # Nothing in rows of before there were any: what the log was told of them stays true.
    Column("redirects", JSON),
    Column("webhook", Text),
    Column("state", String(16), nullable=False),
    Column("joined_at", UtcTime, nullable=False),
    UniqueConstraint("code_kind", "code", "role"),
    CheckConstraint("role IN ('merchant', 'furnisher')", name="role"),
    CheckConstraint("state IN ('active', 'suspended')", name="state"),
)

operators = Table(
    "operators",
    METADATA,
    Column("id", Uuid, primary_key=True),
    Column("name", String(120), nullable=False, unique=True),
    Column("roles", JSON, nullable=False),
    Column("keys", JSON, nullable=False),
    Column("state", String(16), nullable=False),
    Column("joined_at", UtcTime, nullable=False),
    CheckConstraint("state IN ('active', 'suspended')", name="state"),
)

programmes = Table(
    "programmes",
    METADATA,
    Column("name", String(64), primary_key=True),
    Column("version", String(32), primary_key=True),
    Column("digest", String(64), nullable=False),
    Column("text", Text, nullable=False),
    Column("expert", Text, nullable=False),
    Column("state", String(16), nullable=False),
    Column("drafted_by", String(120), nullable=False),
    Column("reviewed_by", String(120)),
    Column("reason", Text),
    Column("changed_at", UtcTime, nullable=False),
    CheckConstraint("state IN ('draft', 'rejected', 'reviewed', 'published', 'superseded', 'withdrawn')", name="state"),
    CheckConstraint("reviewed_by <> drafted_by", name="second_person"),
)

publications = Table(
    "publications",
    METADATA,
    Column("id", BigInteger, primary_key=True, autoincrement=False),
    Column("programme", String(64), nullable=False),
    Column("version", String(32), nullable=False),
    Column("digest", String(64), nullable=False),
    Column("as_of", String(7), nullable=False),
    Column("run", String(64), nullable=False),
    Column("card", String(64), nullable=False),
    Column("people", Integer),
    Column("root", LargeBinary(32)),
    Column("log_index", BigInteger),
)

scores = Table(
    "scores",
    METADATA,
    Column("programme", String(64), primary_key=True),
    Column("person_id", Uuid, ForeignKey("people.id"), primary_key=True),
    Column("as_of", String(7), primary_key=True),
    Column("publication", BigInteger, ForeignKey("publications.id"), primary_key=True),
    Column("place", Integer, nullable=False),
    Column("score", SmallInteger),
    Column("low", SmallInteger),
    Column("high", SmallInteger),
    Column("band", String(64)),
    Column("not_scored", String(64)),
    Column("dimensions", JSON, nullable=False),
    Column("reasons", JSON, nullable=False),
    Column("leaf", LargeBinary(32), nullable=False),
    Index(None, "publication", "place", unique=True),
    info={"leaving": "erased", "export": "scores"},
)

# Leaves of scores that were erased with their person: without them no root could be computed again.
erased_scores = Table(
    "erased_scores",
    METADATA,
    Column("publication", BigInteger, ForeignKey("publications.id"), primary_key=True),
    Column("place", Integer, primary_key=True),
    Column("leaf", LargeBinary(32), nullable=False),
)

consents = Table(
    "consents",
    METADATA,
    Column("id", Uuid, primary_key=True),
    Column("person_id", Uuid, ForeignKey("people.id"), nullable=False),
    Column("party_id", Uuid, ForeignKey("parties.id"), nullable=False),
    Column("state", String(8), nullable=False),
    Column("terms", JSON, nullable=False),
    Column("artefact", Text),
    Column("starts_at", UtcTime, nullable=False),
    Column("expires_at", UtcTime, nullable=False),
    Column("asked_at", UtcTime, nullable=False),
    Column("changed_at", UtcTime, nullable=False),
    Index(None, "person_id", "party_id"),
    Index(None, "party_id", "id"),
    Index(None, "state", "expires_at"),
    CheckConstraint("state IN ('PENDING', 'ACTIVE', 'PAUSED', 'REVOKED', 'EXPIRED', 'REJECTED')", name="state"),
    info={"leaving": "kept", "export": "consents"},
)

receipts = Table(
    "receipts",
    METADATA,
    Column("log_index", BigInteger, primary_key=True, autoincrement=False),
    Column("consent_id", Uuid, ForeignKey("consents.id"), nullable=False, index=True),
    Column("receipt", Text, nullable=False),
    info={"leaving": "kept", "export": "consents"},
)

uses = Table(
    "uses",
    METADATA,
    Column("log_index", BigInteger, primary_key=True, autoincrement=False),
    Column("person_id", Uuid, nullable=False),
    Column("party_id", Uuid, nullable=False),
    Column("consent_id", Uuid),
    Column("transaction_id", String(64)),
    Column("asked", String(64), nullable=False),
    Column("at", UtcTime, nullable=False),
    Column("scope", String(16), nullable=False),
    Column("threshold", SmallInteger),
    Column("refusal", String(32)),
    Column("answer", Text, nullable=False, info={"on_leaving": ""}),
    # A refusal holds no transaction id: the caller may ask again under the same one.
    UniqueConstraint("party_id", "transaction_id"),
    Index(None, "person_id", "party_id", "at"),
    Index(None, "consent_id", "at"),
    info={"leaving": "kept", "export": "answers"},
)

cases = Table(
    "cases",
    METADATA,
    Column("id", Uuid, primary_key=True),
    Column("kind", String(16), nullable=False),
    Column("person_id", Uuid, ForeignKey("people.id"), nullable=False, index=True),
    Column("party_id", Uuid, ForeignKey("parties.id")),
    Column("state", String(16), nullable=False),
    Column("sealed", LargeBinary, nullable=False, info={"sealed_under": "case {id}"}),
    Column("opened_at", UtcTime, nullable=False),
    Column("due_at", UtcTime, nullable=False),
    Column("closed_at", UtcTime),
    Column("closed_by", String(120)),
    Column("answer", LargeBinary, info={"sealed_under": "answer to case {id}"}),
    Index(None, "state", "due_at"),
    Index(None, "party_id", "state"),
    CheckConstraint("kind IN ('dispute', 'block', 'review')", name="kind"),
    info={"leaving": "erased", "export": "cases"},
)

marks = Table(
    "marks",
    METADATA,
    Column("person_id", Uuid, ForeignKey("people.id"), primary_key=True),
    Column("item_hash", LargeBinary(32), primary_key=True),
    Column("case_id", Uuid, ForeignKey("cases.id"), nullable=False, index=True),
    Column("sealed", LargeBinary, nullable=False, info={"sealed_under": "mark of {person_id}"}),
    Column("state", String(16), nullable=False),
    Column("changed_at", UtcTime, nullable=False),
    Column("collected_at", UtcTime, info={"proven_since": "0003"}),
    CheckConstraint("state IN ('disputed', 'withdrawn', 'valid')", name="state"),
    info={"leaving": "erased", "export": "contested"},
)

furnished = Table(
    "furnished",
    METADATA,
    Column("log_index", BigInteger, primary_key=True, autoincrement=False),
    Column("party_id", Uuid, ForeignKey("parties.id"), nullable=False),
    Column("person_id", Uuid, ForeignKey("people.id"), nullable=False, index=True),
    Column("item_hash", LargeBinary(32), nullable=False),
    Column("record_table", String(32), nullable=False),
    Column("sealed", LargeBinary, nullable=False, info={"sealed_under": "record {log_index}"}),
    Column("adverse", SmallInteger, nullable=False),
    Column("at", UtcTime, nullable=False),
    Column("counts_from", UtcTime, nullable=False),
    Column("collected_at", UtcTime, info={"proven_since": "0003"}),
    # When its furnisher and its person were told that the workspace does not take it.
    Column("refused_at", UtcTime),
    Index(None, "collected_at", "counts_from"),
    Index(None, "party_id", "item_hash"),
    info={"leaving": "erased", "export": "furnished"},
)

messages = Table(
    "messages",
    METADATA,
    Column("log_index", BigInteger, primary_key=True, autoincrement=False),
    Column("person_id", Uuid, ForeignKey("people.id"), nullable=False),
    Column("kind", String(32), nullable=False),
    Column("sealed", LargeBinary, nullable=False, info={"sealed_under": "message to {person_id}"}),
    Column("at", UtcTime, nullable=False),
    Column("read_at", UtcTime, info={"proven_since": "0003"}),
    Index(None, "person_id", "log_index"),
    info={"leaving": "erased", "export": "messages"},
)

# A firm that does not answer would fill the log. A delivery can be put off by a day at most, or pushed once too often:
# the check finds one that waits longer than it ever would, and one that waits no more though nobody had it.
_TRIED = (
    "Each try that failed would leave a line, and leaves one an hour at most, which shows the clock; the check holds it"
    " to what the tries can make of it."
)

deliveries = Table(
    "deliveries",
    METADATA,
    Column("log_index", BigInteger, primary_key=True, autoincrement=False),
    Column("party_id", Uuid, ForeignKey("parties.id"), nullable=False, index=True),
    Column("kind", String(32), nullable=False),
    # Who it is about, until they leave.
    Column("person_id", Uuid, ForeignKey("people.id"), index=True, info={"proven_since": "0007"}),
    Column("body", LargeBinary, nullable=False, info={"sealed_under": "delivery {log_index}", "says": "json"}),
    Column("at", UtcTime, nullable=False),
    Column("due_at", UtcTime, nullable=False),
    Column("tries", SmallInteger, nullable=False, server_default="0", info={"unproven": _TRIED}),
    Column("next_at", UtcTime, info={"unproven": _TRIED}),
    Column("done_at", UtcTime, info={"proven_since": "0003"}),
    Index(None, "next_at"),
    info={"leaving": "unnamed", "export": None},
)

# Whose rows the workspace's files still hold, though they have left.
leavers = Table(
    "leavers",
    METADATA,
    Column("person_id", Uuid, ForeignKey("people.id"), primary_key=True),
    Column("sealed", LargeBinary, nullable=False, info={"sealed_under": "leaver {person_id}"}),
    Column("left_at", UtcTime, nullable=False),
    info={"leaving": "waits", "export": None},
)

# It opens for its own passkey alone. Who puts an earlier one back lets in a copy of a device, once more; they must have
# that copy, and most devices count nothing.
_ENTERED = "Each sign-in would stand in the log for ever, and say when a person came. It is sealed: the check opens it."

passkeys = Table(
    "passkeys",
    METADATA,
    Column("id", LargeBinary(1023), primary_key=True),
    Column("person_id", Uuid, ForeignKey("people.id"), nullable=False, index=True),
    Column("public_key", LargeBinary, nullable=False),
    Column("label", String(120), nullable=False),
    Column("added_at", UtcTime, nullable=False),
    # How often it signed in by its own count, and when it did last.
    Column("entered", LargeBinary, nullable=False, info={"sealed_under": "passkey {id}", "unproven": _ENTERED}),
    info={"leaving": "erased", "export": "passkeys"},
)

printed_codes = Table(
    "printed_codes",
    METADATA,
    Column("hash", LargeBinary(32), primary_key=True),
    Column("person_id", Uuid, ForeignKey("people.id"), nullable=False, index=True),
    Column("printed_at", UtcTime, nullable=False),
    Column("used_at", UtcTime),
    info={"leaving": "erased", "export": "printed_codes"},
)

# Who keeps the log's heads as well, and says so under a key of their own (C2SP tlog-witness).
witnesses = Table(
    "witnesses",
    METADATA,
    Column("id", Uuid, primary_key=True),
    Column("name", String(255), nullable=False, unique=True),
    Column("vkey", Text, nullable=False),
    Column("url", Text, nullable=False),
    Column("added_at", UtcTime, nullable=False),
)

cosignatures = Table(
    "cosignatures",
    METADATA,
    Column("witness", String(255), primary_key=True),
    Column("size", BigInteger, primary_key=True),
    Column("at", UtcTime, nullable=False),
    Column("checkpoint", Text, nullable=False),
    Column("line", Text, nullable=False),
    Index(None, "size"),
    info={
        "unproven": "Each proves itself by its witness's signature, which nobody here can make: the log would add"
        " nothing to it. One that was taken out is asked for by the check."
    },
)

sessions = Table(
    "sessions",
    METADATA,
    Column("id", Uuid, primary_key=True),
    Column("person_id", Uuid, ForeignKey("people.id"), nullable=False, index=True),
    Column("expires_at", UtcTime, nullable=False, index=True),
    info={
        "leaving": "erased",
        "export": "sessions",
        "unproven": "It opens nothing without a token that we signed, which ends within two hours. A row put back"
        " revives such a token after its person signed out, but not after they left."
        " The log would say for ever when they came.",
    },
)

authorisations = Table(
    "authorisations",
    METADATA,
    Column("hash", LargeBinary(32), primary_key=True),
    Column("party_id", Uuid, ForeignKey("parties.id"), nullable=False),
    Column("asked", JSON, nullable=False),
    Column("redirect_uri", Text, nullable=False),
    Column("state", Text),
    Column("code_challenge", String(43), nullable=False),
    Column("expires_at", UtcTime, nullable=False, index=True),
    Column("code_hash", LargeBinary(32), unique=True),
    Column("consent_id", Uuid, ForeignKey("consents.id")),
    info={"proven_since": "0003"},
)

spent = Table(
    "spent",
    METADATA,
    Column("hash", LargeBinary(32), primary_key=True),
    Column("until", UtcTime, nullable=False, index=True),
    info={
        "unproven": "It lasts for minutes. Who takes a row out can use an assertion or a passkey's answer again, if"
        " they caught it on the wire and are there within those minutes."
    },
)

requests = Table(
    "requests",
    METADATA,
    Column("caller", String(64), primary_key=True),
    Column("hash", LargeBinary(32), primary_key=True),
    Column("asked", LargeBinary(32), nullable=False),
    Column("status", SmallInteger, nullable=False),
    Column(
        "sealed",
        LargeBinary,
        nullable=False,
        info={"sealed_under": "response to {caller} {hash} {asked} {status} {at}"},
    ),
    Column("at", UtcTime, nullable=False, index=True),
    info={
        "leaving": "erased",
        "of_person": ("caller", "person {}"),
        "export": None,
        "unproven": "It lasts for a day. A row that was changed, moved or invented does not open; one that was taken"
        " out lets its own caller, who has to send the same again, do a thing twice, and the log then tells it twice.",
    },
)

# How often who called in a minute, as each process that serves tells the others: whoever called is hashed under a key;
# the row of nobody says that a process is there.
calls = Table(
    "calls",
    METADATA,
    Column("minute", BigInteger, primary_key=True, autoincrement=False),
    Column("process", String(32), primary_key=True),
    Column("caller", LargeBinary(32), primary_key=True),
    Column("count", Integer, nullable=False),
    info={
        "unproven": "It is of use for a minute or two. Who changes it lets somebody call more often or less in that"
        " time, and nothing else hangs on it."
    },
)

log = Table(
    "log",
    METADATA,
    Column("log_index", BigInteger, primary_key=True, autoincrement=False),
    Column("at", UtcTime, nullable=False),
    Column("kind", String(32), nullable=False),
    Column("object", String(128), nullable=False, index=True),
    Column("body", Text, nullable=False),
    Column("leaf", LargeBinary(32), nullable=False),
)

log_tiles = Table(
    "log_tiles",
    METADATA,
    Column("level", SmallInteger, primary_key=True),
    Column("place", BigInteger, primary_key=True),
    Column("hash", LargeBinary(32), nullable=False),
)

log_head = Table(
    "log_head",
    METADATA,
    Column("id", SmallInteger, primary_key=True),
    Column("size", BigInteger, nullable=False),
    Column("peaks", LargeBinary, nullable=False),
    Column("signed", Text, nullable=False),
)
