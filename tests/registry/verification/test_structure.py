"""Whatever is added to the database, taken out of it or changed in it beside rows, the check names it."""

from collections.abc import Callable

import pytest
from sqlalchemy import Engine, PrimaryKeyConstraint, UniqueConstraint
from tests.registry.office import Office
from tests.registry.verification.built import attacking, found_after

from goodstanding.errors import NotReady
from goodstanding.registry import WriteTransaction
from goodstanding.registry.consent import find_consent, grant_consent, take_step
from goodstanding.registry.database import downgrade, upgrade
from goodstanding.registry.database.schema import METADATA, people
from goodstanding.registry.people import NOTICE_VERSION, identifier, join
from goodstanding.registry.rights import freeze
from goodstanding.registry.verification import Finding, verify_registry
from goodstanding.registry.verification.structure import verify_structure

TABLES = METADATA.sorted_tables
INDEXES = sorted(str(index.name) for table in TABLES for index in table.indexes)
CONSTRAINTS = [
    pytest.param(table.name, str(constraint.name), id=str(constraint.name))
    for table in TABLES
    for constraint in sorted(table.constraints, key=lambda one: str(one.name))
]
COLUMNS = [pytest.param(table.name, column.name, id=str(column)) for table in TABLES for column in table.columns]
KEPT_BY_AN_INDEX = sorted(
    str(constraint.name)
    for table in TABLES
    for constraint in table.constraints
    if isinstance(constraint, PrimaryKeyConstraint | UniqueConstraint)
)
ADDED_TO_SQLITE = {
    ("table", "more"): "CREATE TABLE more (id INTEGER)",
    ("view", "more"): "CREATE VIEW more AS SELECT * FROM people",
    ("index", "more"): "CREATE INDEX more ON people (language)",
    ("trigger", "more"): "CREATE TRIGGER more AFTER INSERT ON people BEGIN DELETE FROM people; END",
}
ADDED_TO_POSTGRESQL = {
    ("table", "more"): "CREATE TABLE more (id INTEGER)",
    ("view", "more"): "CREATE VIEW more AS SELECT * FROM people",
    ("materialised view", "more"): "CREATE MATERIALIZED VIEW more AS SELECT * FROM people",
    ("sequence", "more"): "CREATE SEQUENCE more",
    ("index", "more"): "CREATE INDEX more ON people (language)",
    ("constraint", "more"): "ALTER TABLE people ADD CONSTRAINT more CHECK (language <> 'xx') NOT VALID",
    ("rule", "more"): "CREATE RULE more AS ON UPDATE TO people DO INSTEAD NOTHING",
    ("policy", "more"): "CREATE POLICY more ON people USING (false)",
    ("function", "more"): "CREATE FUNCTION more() RETURNS integer LANGUAGE sql AS 'SELECT 1'",
    ("type", "more"): "CREATE DOMAIN more AS text",
    (
        "trigger",
        "more",
    ): "CREATE TRIGGER more BEFORE UPDATE ON people EXECUTE FUNCTION suppress_redundant_updates_trigger()",
    ("column", "people.more"): "ALTER TABLE people ADD more TEXT",
}
OF_CONSENTS = "WHERE tgconstraint = (SELECT oid FROM pg_constraint WHERE conname = 'fk_consents_person_id')"
CHANGED_ON_POSTGRESQL = {
    ("table", "people"): [
        "ALTER TABLE people ENABLE ROW LEVEL SECURITY",
        "CREATE TABLE more () INHERITS (people)",
        "CREATE SCHEMA other; CREATE TABLE other.more () INHERITS (people)",
        "CREATE ACCESS METHOD more TYPE TABLE HANDLER heap_tableam_handler; ALTER TABLE people SET ACCESS METHOD more",
        "UPDATE pg_class SET relhasindex = false WHERE oid = 'people'::regclass",
        "UPDATE pg_class SET relhastriggers = false WHERE oid = 'people'::regclass",
        "UPDATE pg_class SET relchecks = 0 WHERE oid = 'people'::regclass",
    ],
    ("table", "log"): ["ALTER TABLE log SET UNLOGGED"],
    ("column", "people.language"): [
        "ALTER TABLE people ALTER language DROP NOT NULL",
        "ALTER TABLE people ALTER language SET DEFAULT 'en'",
        "ALTER TABLE people ALTER language TYPE text",
        'ALTER TABLE people ALTER language TYPE varchar(16) COLLATE "C"',
    ],
    ("constraint", "fk_consents_person_id"): [
        "ALTER TABLE consents DISABLE TRIGGER ALL",
        f"DELETE FROM pg_trigger {OF_CONSENTS}",
        f"UPDATE pg_trigger SET tgenabled = 'R' {OF_CONSENTS} AND tgrelid = 'people'::regclass",
        f"UPDATE pg_trigger SET tgfoid = 'suppress_redundant_updates_trigger'::regproc {OF_CONSENTS}",
        (
            "ALTER TABLE consents DROP CONSTRAINT fk_consents_person_id, ADD CONSTRAINT fk_consents_person_id"
            " FOREIGN KEY (person_id) REFERENCES people (id) ON DELETE CASCADE"
        ),
    ],
    ("constraint", "ck_people_state"): [
        (
            "ALTER TABLE people DROP CONSTRAINT ck_people_state, ADD CONSTRAINT ck_people_state"
            " CHECK (state IN ('open', 'closed', 'lost'))"
        ),
        (
            "ALTER TABLE people DROP CONSTRAINT ck_people_state, ADD CONSTRAINT ck_people_state"
            " CHECK (state IN ('open', 'closed')) NOT VALID"
        ),
    ],
    ("index", "ix_uses_consent_id_at"): [
        "DROP INDEX ix_uses_consent_id_at; CREATE INDEX ix_uses_consent_id_at ON uses (consent_id, at) WHERE at IS NULL"
    ],
}


def rewritten(connection_of: Engine, table: str, transaction: Callable[[str], str]) -> list[str]:
    """Statements that make a table of SQLite anew, with another text, without its indexes."""
    with connection_of.connect() as connection:
        (sql,) = connection.exec_driver_sql("SELECT sql FROM sqlite_schema WHERE name = ?", (table,)).one()
    assert transaction(sql) != sql
    return [f"DROP TABLE {table}", transaction(sql)]


def test_what_the_migrations_made_is_in_order(module_engine: Engine) -> None:
    with found_after(module_engine) as found:
        assert found == set()


def test_a_database_that_went_down_and_up_again_is_in_order(engine: Engine) -> None:
    downgrade(engine, "0001")
    upgrade(engine)
    with engine.connect() as connection:
        assert list(verify_structure(connection)) == []


@pytest.mark.parametrize("table", [table.name for table in TABLES])
def test_a_table_that_is_gone_is_named(module_engine: Engine, table: str) -> None:
    cascade = " CASCADE" if module_engine.dialect.name == "postgresql" else ""
    with found_after(module_engine, f"DROP TABLE {table}{cascade}") as found:
        assert ("table", table, "removed") in found


@pytest.mark.parametrize(("table", "column"), COLUMNS)
def test_a_column_that_is_gone_or_of_another_kind_is_named(module_engine: Engine, table: str, column: str) -> None:
    if module_engine.dialect.name == "postgresql":
        with found_after(module_engine, f"ALTER TABLE {table} DROP {column} CASCADE") as found:
            assert ("column", f"{table}.{column}", "removed") in found
        with found_after(module_engine, f"ALTER TABLE {table} RENAME {column} TO other") as found:
            assert {("column", f"{table}.{column}", "removed"), ("column", f"{table}.other", "added")} <= found
    else:
        for name in ("other", f"{column}_"):
            with found_after(module_engine, f"ALTER TABLE {table} RENAME {column} TO {name}") as found:
                assert ("table", table, "changed") in found


@pytest.mark.parametrize("index", INDEXES)
def test_an_index_that_is_gone_is_named(module_engine: Engine, index: str) -> None:
    with found_after(module_engine, f"DROP INDEX {index}") as found:
        assert found == {("index", index, "removed")}


@pytest.mark.parametrize(("table", "constraint"), CONSTRAINTS)
def test_a_constraint_that_is_gone_is_named(module_engine: Engine, table: str, constraint: str) -> None:
    if module_engine.dialect.name == "postgresql":
        with found_after(module_engine, f"ALTER TABLE {table} DROP CONSTRAINT {constraint} CASCADE") as found:
            assert ("constraint", constraint, "removed") in found
        return

    def without(sql: str) -> str:
        kept = [line for line in sql.splitlines() if f"CONSTRAINT {constraint} " not in line]
        return "\n".join([*kept[:-2], kept[-2].rstrip(", "), kept[-1]])

    with found_after(module_engine, *rewritten(module_engine, table, without)) as found:
        assert ("table", table, "changed") in found


@pytest.mark.parametrize(("part", "statement"), ADDED_TO_SQLITE.items(), ids=str)
def test_what_was_added_to_a_file_is_named(on_sqlite: Engine, part: tuple[str, str], statement: str) -> None:
    with found_after(on_sqlite, statement) as found:
        assert found == {(*part, "added")}


@pytest.mark.parametrize(("part", "statement"), ADDED_TO_POSTGRESQL.items(), ids=str)
def test_what_was_added_on_a_server_is_named(on_postgresql: Engine, part: tuple[str, str], statement: str) -> None:
    with found_after(on_postgresql, statement) as found:
        assert (*part, "added") in found


@pytest.mark.parametrize(
    ("part", "statement"),
    [(part, statement) for part, several in CHANGED_ON_POSTGRESQL.items() for statement in several],
    ids=str,
)
def test_what_was_changed_on_a_server_is_named(on_postgresql: Engine, part: tuple[str, str], statement: str) -> None:
    with found_after(on_postgresql, statement) as found:
        assert (*part, "changed") in found


def test_a_table_that_lies_before_ours_is_named(on_postgresql: Engine) -> None:
    before = "CREATE TEMPORARY TABLE people (id uuid)", "SET LOCAL search_path = public"
    with found_after(on_postgresql, *before) as found:
        assert ("table", "people", "changed") in found


SCHEMA_OF_SQLITE = "PRAGMA writable_schema = ON"
BY_THE_NAME_OF_STATISTICS = [
    ("trigger", "sqlite_stat1", "uses", "CREATE TRIGGER sqlite_stat1 BEFORE INSERT ON uses BEGIN SELECT 1; END"),
    ("index", "sqlite_stat4", "people", "CREATE INDEX sqlite_stat4 ON people (state)"),
    ("view", "sqlite_stat1", "sqlite_stat1", "CREATE VIEW sqlite_stat1 AS SELECT * FROM people"),
    ("table", "sqlite_stat1", "sqlite_stat1", "CREATE TABLE sqlite_stat1(tbl,idx,stat,more)"),
    ("trigger", "sqlite_stat4", "uses", "CREATE TABLE sqlite_stat4(tbl,idx,neq,nlt,ndlt,sample)"),
]


@pytest.mark.parametrize(("kind", "name", "table", "sql"), BY_THE_NAME_OF_STATISTICS)
def test_what_goes_by_the_name_of_sqlites_statistics_is_named(
    on_sqlite: Engine, kind: str, name: str, table: str, sql: str
) -> None:
    added = f"INSERT INTO sqlite_schema VALUES ('{kind}', '{name}', '{table}', 0, '{sql}')"
    with found_after(on_sqlite, SCHEMA_OF_SQLITE, added) as found:
        assert found == {(kind, name, "added")}


def test_sqlites_own_statistics_are_in_order(on_sqlite: Engine) -> None:
    with found_after(on_sqlite, "ANALYZE") as found:
        assert found == set()


def retold(engine: Engine, name: str, was: str, now: str) -> list[str]:
    """Statements that change what SQLite keeps of a part, and nothing else."""
    with engine.connect() as connection:
        (sql,) = connection.exec_driver_sql("SELECT sql FROM sqlite_schema WHERE name = ?", (name,)).one()
    assert was in sql
    told = " || char(0) || ".join("'" + one.replace("'", "''") + "'" for one in sql.replace(was, now).split("\0"))
    return [SCHEMA_OF_SQLITE, f"UPDATE sqlite_schema SET sql = {told} WHERE name = '{name}'"]


READ_OTHERWISE = [
    # To SQLite a blank beyond ASCII is a letter: this is a type of two words, which is not held to.
    pytest.param("log", "body TEXT NOT NULL", "body TEXT NOT\xa0NULL", id="a blank that is a letter"),
    pytest.param("log", "body TEXT NOT NULL", "body TEXT NOT\x0bNULL", id="a blank that is none"),
    # A name that no column has is a text, and that is never who drafted it.
    pytest.param("programmes", "(reviewed_by <>", '("reviewed""_by" <>', id="a name that is a text"),
    pytest.param("programmes", "reviewed_by <>", '"reviewed"_by <>', id="a name in two"),
    pytest.param("people", "contested SMALLINT", '"cont""ested" SMALLINT', id="a name with a quote in it"),
    pytest.param("people", "\n)", "\n)\0", id="a sign that ends it"),
    pytest.param("people", "\n)", "\n) WITHOUT ROWID", id="without row numbers"),
    pytest.param("people", "\n)", "\n) -- more", id="a remark"),
    pytest.param("people", "'open', 'closed'", "'open''closed'", id="one text for two"),
    pytest.param("people", "'open'", "'Open'", id="a letter of another case"),
    pytest.param("people", "words BLOB", "words BLOB COLLATE NOCASE", id="an order"),
    pytest.param("people", "words BLOB", "words BLOB AS (notice)", id="a column that is worked out"),
    pytest.param("ix_uses_consent_id_at", "(consent_id, at)", "(at, consent_id)", id="the order of an index"),
    pytest.param("ix_uses_consent_id_at", "(consent_id, at)", "(consent_id, at) WHERE at", id="part of an index"),
]


@pytest.mark.parametrize(("name", "was", "now"), READ_OTHERWISE)
def test_a_text_that_sqlite_reads_otherwise_is_named(on_sqlite: Engine, name: str, was: str, now: str) -> None:
    with found_after(on_sqlite, *retold(on_sqlite, name, was, now)) as found:
        assert found == {("index" if name.startswith("ix_") else "table", name, "changed")}


READ_ALIKE = [
    pytest.param("people", "CREATE TABLE people (", 'CREATE TABLE "people"\n(', id="quotes of a table's name"),
    pytest.param("programmes", "(reviewed_by <>", '(  "reviewed_by"<>', id="quotes of a column's name"),
    pytest.param("log", "body TEXT NOT NULL", "body\tTEXT  NOT\r\n\fNULL", id="other blanks"),
    pytest.param(
        "people",
        "held SMALLINT DEFAULT '0' NOT NULL, \n\twords BLOB",
        "words BLOB, held SMALLINT DEFAULT '0' NOT NULL",
        id="another order",
    ),
]


@pytest.mark.parametrize(("name", "was", "now"), READ_ALIKE)
def test_a_text_that_sqlite_reads_alike_is_in_order(on_sqlite: Engine, name: str, was: str, now: str) -> None:
    with found_after(on_sqlite, *retold(on_sqlite, name, was, now)) as found:
        assert found == set()


@pytest.mark.parametrize("index", [*INDEXES, *KEPT_BY_AN_INDEX])
def test_an_index_out_of_force_is_named(on_postgresql: Engine, index: str) -> None:
    for state in ("indisvalid", "indisready", "indislive", "indimmediate", "indisunique"):
        other = f"UPDATE pg_index SET {state} = NOT {state} WHERE indexrelid = '{index}'::regclass"
        with found_after(on_postgresql, other) as found:
            assert found == {("index", index, "changed")}


@pytest.mark.parametrize("statement", ["INSERT INTO alembic_version VALUES ('0001')", "DELETE FROM alembic_version"])
def test_another_revision_is_named(module_engine: Engine, statement: str) -> None:
    with found_after(module_engine, statement) as found:
        assert {kind for kind, _, _ in found} == {"alembic_version"}


UNDOES = {
    "sqlite": [
        (
            "CREATE TRIGGER undo_revocations AFTER UPDATE ON consents WHEN NEW.state = 'REVOKED' BEGIN"
            " UPDATE consents SET state = OLD.state, artefact = OLD.artefact, changed_at = OLD.changed_at"
            " WHERE id = NEW.id; END"
        )
    ],
    "postgresql": [
        "CREATE FUNCTION undo() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN OLD; END'",
        (
            "CREATE TRIGGER undo_revocations BEFORE UPDATE ON consents FOR EACH ROW WHEN (NEW.state = 'REVOKED')"
            " EXECUTE FUNCTION undo()"
        ),
    ],
}
SWALLOWS: dict[str, Callable[[str, str], list[str]]] = {
    "sqlite": lambda table, step: [f"CREATE TRIGGER swallow BEFORE {step} ON {table} BEGIN SELECT RAISE(IGNORE); END"],
    "postgresql": lambda table, step: [f"CREATE RULE swallow AS ON {step} TO {table} DO INSTEAD NOTHING"],
}


def planted(engine: Engine, statements: list[str]) -> None:
    with engine.begin() as connection:
        for statement in statements:
            connection.exec_driver_sql(statement)


def test_a_trigger_that_undoes_revocations_is_named(office: Office) -> None:
    person = office.person()
    consent = office.registry.do(lambda transaction: grant_consent(transaction, office.terms(person)))
    planted(office.registry.engine, UNDOES[office.registry.engine.dialect.name])
    office.registry.do(lambda transaction: take_step(transaction, consent.id, "revoke", person=person))
    assert (
        office.registry.do(lambda transaction: find_consent(transaction, consent.id, party=office.merchant)).state
        == "ACTIVE"
    )
    found = verify_registry(office.registry).findings
    assert Finding("trigger", "undo_revocations", "added") in found
    assert Finding("consents", str(consent.id), "changed") in found


@pytest.mark.parametrize(
    ("table", "step"),
    [("people", "INSERT"), ("people", "UPDATE"), ("log", "INSERT"), ("log_head", "UPDATE"), ("identifiers", "INSERT")],
)
def test_a_change_whose_rows_are_swallowed_is_stopped_and_leaves_nothing(office: Office, table: str, step: str) -> None:
    person = office.person()
    with attacking(office.registry.engine) as attacker:
        before = attacker.everything()
        planted(office.registry.engine, SWALLOWS[office.registry.engine.dialect.name](table, step))
        with pytest.raises(NotReady, match="run `standing verify`"):
            office.registry.do(lambda transaction: (another_joins(transaction), freeze(transaction, person)))
        assert attacker.everything() == before
    assert {one.row for one in verify_registry(office.registry).findings} == {"swallow"}


def another_joins(transaction: WriteTransaction) -> None:
    """Somebody joins."""
    known_by = [identifier("record_id", "another")]
    join(transaction, known_by, notice_version=NOTICE_VERSION, language="en", jurisdiction="cn")


def test_rows_that_are_not_erased_are_counted(office: Office) -> None:
    person = office.person()
    engine = office.registry.engine
    planted(engine, SWALLOWS[engine.dialect.name]("people", "DELETE"))
    with pytest.raises(NotReady, match="rows written: 0; expected rows written: 1"):
        office.registry.do(lambda transaction: transaction.erase(people, people.c.id == person))


def test_a_log_without_its_head_is_told_by_the_whole_check(office: Office) -> None:
    planted(office.registry.engine, ["DROP TABLE log_head"])
    assert Finding("table", "log_head", "removed") in verify_registry(office.registry).findings
