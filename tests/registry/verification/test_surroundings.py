"""Whatever lies around the registry's schema on a server: what has a say in it is named, the rest has none."""

import pytest
from sqlalchemy import Engine, text
from tests.registry.office import Office
from tests.registry.verification.built import found_after

from goodstanding.registry import Registry
from goodstanding.registry.answers import Refused
from goodstanding.registry.consent import Frequency, grant_consent
from goodstanding.registry.database import open_database
from goodstanding.registry.programme_versions import take_programme_step
from goodstanding.registry.verification import Finding, verify_registry

NEVER = "CREATE FUNCTION other.never(timestamptz, varchar) RETURNS boolean LANGUAGE sql IMMUTABLE AS 'SELECT false'"
OTHER = "CREATE SCHEMA other"
WITH_A_SAY = {
    ("event trigger", "more", "added"): [
        "CREATE FUNCTION other.more() RETURNS event_trigger LANGUAGE plpgsql AS 'BEGIN END'",
        "CREATE EVENT TRIGGER more ON ddl_command_end EXECUTE FUNCTION other.more()",
    ],
    ("constraint", "more", "added"): [
        "CREATE TABLE other.more (id uuid CONSTRAINT more REFERENCES public.people (id))",
    ],
    ("subscription", "more", "added"): [
        "CREATE SUBSCRIPTION more CONNECTION 'dbname=x' PUBLICATION x WITH (connect = false, slot_name = NONE)",
        "INSERT INTO pg_subscription_rel SELECT oid, 'people'::regclass, 'r', NULL FROM pg_subscription",
    ],
    ("statistics", "more", "added"): [
        "CREATE FUNCTION other.more(varchar) RETURNS text LANGUAGE sql IMMUTABLE AS 'SELECT $1'",
        "CREATE STATISTICS other.more ON (other.more(language)) FROM public.people",
    ],
    ("operator", ">", "added"): [
        NEVER,
        "CREATE OPERATOR pg_catalog.> (LEFTARG = timestamptz, RIGHTARG = varchar, FUNCTION = other.never)",
    ],
    ("function", "lower", "added"): [
        "CREATE FUNCTION pg_catalog.lower(uuid) RETURNS text LANGUAGE sql AS 'SELECT NULL'",
    ],
    ("function", "max", "added"): [
        "CREATE OR REPLACE AGGREGATE pg_catalog.max(bigint) (sfunc = int8smaller, stype = int8)",
    ],
    ("collation", "default", "added"): [
        "UPDATE pg_collation SET collisdeterministic = false WHERE collname = 'default'",
    ],
    ("type", "more", "added"): ["CREATE DOMAIN pg_catalog.more AS text"],
    ("cast", "uuid as bytea", "added"): [
        "CREATE CAST (uuid AS bytea) WITH FUNCTION pg_catalog.uuid_send(uuid) AS IMPLICIT",
    ],
    ("operator class", "more", "added"): [
        (
            "CREATE OPERATOR CLASS other.more DEFAULT FOR TYPE point USING hash AS OPERATOR 1 ~= (point, point),"
            " FUNCTION 1 pg_catalog.hashtext(text)"
        ),
    ],
    ("operator family", "uuid_ops", "added"): [
        NEVER.replace("timestamptz, varchar", "uuid, varchar"),
        "CREATE OPERATOR other.= (LEFTARG = uuid, RIGHTARG = varchar, FUNCTION = other.never)",
        "ALTER OPERATOR FAMILY pg_catalog.uuid_ops USING btree ADD OPERATOR 3 other.= (uuid, varchar)",
    ],
}
SETTINGS = ["session_replication_role = replica", "search_path = public, other", "enable_seqscan = off", "role = none"]
WHOSE = ["DATABASE {database}", "ROLE more", "ROLE more IN DATABASE {database}", "ROLE ALL"]
HARMLESS = [
    "statement_timeout = 1000",
    "work_mem = '8MB'",
    "application_name = 'more'",
    "timezone = 'Asia/Shanghai'",
    "row_security = on",
    "synchronous_commit = remote_apply",
    "session_replication_role = origin",
    "search_path = public",
]


@pytest.mark.parametrize(("finding", "statements"), WITH_A_SAY.items(), ids=str)
def test_what_has_a_say_is_named(on_postgresql: Engine, finding: tuple[str, str, str], statements: list[str]) -> None:
    with found_after(on_postgresql, OTHER, *statements) as found:
        assert found == {finding}


def test_counting_that_was_made_anew_is_named(on_postgresql: Engine) -> None:
    anew = "CREATE OR REPLACE AGGREGATE pg_catalog.count(*) (sfunc = int8inc, stype = int8, initcond = '-100')"
    with found_after(on_postgresql, anew) as found:
        assert ("function", "count", "added") in found


@pytest.mark.parametrize("whose", WHOSE)
@pytest.mark.parametrize("setting", SETTINGS)
def test_a_setting_of_whatever_role_is_named(on_postgresql: Engine, whose: str, setting: str) -> None:
    told = f"ALTER {whose.format(database=on_postgresql.url.database)} SET {setting}"
    with found_after(on_postgresql, "CREATE ROLE more", told) as found:
        assert found == {("setting", setting.split(" ", maxsplit=1)[0], "added")}


@pytest.mark.parametrize("setting", HARMLESS)
def test_a_setting_that_has_no_say_is_in_order(on_postgresql: Engine, setting: str) -> None:
    with found_after(on_postgresql, f"ALTER DATABASE {on_postgresql.url.database} SET {setting}") as found:
        assert found == set()


def test_a_setting_of_another_database_is_nobodys_business(on_postgresql: Engine) -> None:
    with found_after(on_postgresql, "ALTER DATABASE migrated SET search_path = other") as found:
        assert found == set()


SHADOWS = [
    OTHER,
    "CREATE VIEW other.uses AS SELECT * FROM public.uses WHERE false",
    "CREATE TABLE other.people (LIKE public.people)",
    "CREATE TYPE other.uuid AS ENUM ('more')",
    "CREATE FUNCTION other.never(timestamptz, timestamptz) RETURNS boolean LANGUAGE sql IMMUTABLE AS 'SELECT false'",
    "CREATE OPERATOR other.> (LEFTARG = timestamptz, RIGHTARG = timestamptz, FUNCTION = other.never)",
    (
        "CREATE FUNCTION other.same(varchar, varchar) RETURNS boolean LANGUAGE sql IMMUTABLE AS"
        " $$SELECT $2::text OPERATOR(pg_catalog.=) 'published'$$"
    ),
    "CREATE OPERATOR other.= (LEFTARG = varchar, RIGHTARG = varchar, FUNCTION = other.same)",
    "CREATE AGGREGATE other.count(*) (sfunc = int8inc, stype = int8, initcond = '-100')",
    "CREATE FUNCTION other.current_schema() RETURNS name LANGUAGE sql AS $$SELECT 'other'::name$$",
    (
        "CREATE FUNCTION other.set_config(text, text, boolean) RETURNS text LANGUAGE sql AS"
        " $$SELECT pg_catalog.set_config($1, 'other', $3)$$"
    ),
]


@pytest.fixture
def shadowed(office: Office) -> Office:
    """An office whose database prefers a schema full of names like its own and the server's."""
    engine = office.registry.engine
    if engine.dialect.name != "postgresql":
        pytest.skip("of the server alone")
    with engine.begin() as connection:
        for statement in SHADOWS:
            connection.exec_driver_sql(statement)
        path = "SET search_path = public, other, pg_catalog"
        connection.exec_driver_sql(f"ALTER DATABASE {engine.url.database} {path}")
    engine.dispose()
    return office


def test_names_of_another_schema_have_no_say_and_the_setting_is_named(shadowed: Office) -> None:
    with shadowed.registry.engine.connect() as connection:
        assert connection.scalar(text("SHOW search_path")) == "public, pg_temp"
        assert connection.scalar(text("SELECT count(*) FROM alembic_version")) == 1
    assert verify_registry(shadowed.registry).findings == [Finding("setting", "search_path", "added")]


def test_an_operator_of_another_schema_undoes_no_limit(shadowed: Office) -> None:
    person = shadowed.person()
    shadowed.publish({person: 700})
    terms = shadowed.terms(person, frequency=Frequency("DAY", 1))
    consent = shadowed.registry.do(lambda transaction: grant_consent(transaction, terms))
    shadowed.ask(shadowed.question(consent=consent.id))
    with pytest.raises(Refused, match="as many answers"):
        shadowed.ask(shadowed.question(consent=consent.id))


def test_an_operator_of_another_schema_puts_no_programme_in_force(shadowed: Office) -> None:
    person = shadowed.person()
    shadowed.publish({person: 700})
    consent = shadowed.registry.do(lambda transaction: grant_consent(transaction, shadowed.terms(person)))
    withdrawn = "sesame", "1.0.0", "withdraw"
    shadowed.registry.do(lambda transaction: take_programme_step(transaction, *withdrawn, by="bob", reason="wrong"))
    with pytest.raises(Refused, match="programme"):
        shadowed.ask(shadowed.question(consent=consent.id))


def test_a_role_that_is_led_to_another_schema_is_named_whoever_checks(shadowed: Office) -> None:
    url = shadowed.registry.engine.url
    with shadowed.registry.engine.begin() as connection:
        connection.exec_driver_sql(f"ALTER DATABASE {url.database} RESET search_path")
        connection.exec_driver_sql("CREATE ROLE led LOGIN SUPERUSER")
        connection.exec_driver_sql(f"ALTER ROLE led IN DATABASE {url.database} SET search_path = public, other")
    led = open_database(url.set(username="led"))
    try:
        for engine in (shadowed.registry.engine, led):
            registry = Registry(engine, shadowed.registry.keys, shadowed.clock)
            assert verify_registry(registry).findings == [Finding("setting", "search_path", "added")]
    finally:
        led.dispose()
        with shadowed.registry.engine.begin() as connection:
            connection.exec_driver_sql("DROP OWNED BY led")
            connection.exec_driver_sql("DROP ROLE led")
