"""The database's own structure against what the migrations make: whatever else is there can undo what is written."""

import re
from collections.abc import Generator, Mapping
from functools import cache
from typing import TypeAlias

from sqlalchemy import Connection, create_engine, text

from goodstanding.registry.database.schema import METADATA
from goodstanding.registry.database.upgrades import current_revision, upgrade_within
from goodstanding.registry.verification.findings import Finding
from goodstanding.registry.verification.postgresql_catalogues import expected_parts, found_parts

# As SQLite itself makes them.
_STATISTICS = ("CREATE TABLE sqlite_stat1(tbl,idx,stat)", "CREATE TABLE sqlite_stat4(tbl,idx,neq,nlt,ndlt,sample)")
_NAMES = {name for table in METADATA.sorted_tables for name in (table.name, *table.columns.keys())}
# As SQLite tells them apart: to it every letter beyond ASCII is part of a name, also a blank.
_BLANKS = frozenset(" \t\n\f\r")
_LETTERS = r"0-9A-Za-z_$\x80-\U0010ffff"
_SIGN = re.compile(
    rf"""'(?:[^']|'')*' | "(?:[^"]|"")*" | [{_LETTERS}]+ | [(),\s] | [^'"(),\s{_LETTERS}]+ | ['"]""", re.VERBOSE
)

Parts: TypeAlias = Mapping[tuple[str, str], object]
"""The parts of a database by their kind and name, each with all that it is."""


def verify_structure(connection: Connection) -> Generator[Finding]:
    """Every table, index, constraint, trigger, view, rule, function and policy, and the revision that they are of."""
    if connection.dialect.name == "postgresql":
        found, expected = found_parts(connection), expected_parts(connection)
    else:
        found, expected = _of_sqlite(connection), _migrated()
    for kind, name in sorted(found.keys() | expected.keys()):
        if (kind, name) not in expected:
            yield Finding(kind, name, "added")
        elif (kind, name) not in found:
            yield Finding(kind, name, "removed")
        elif found[kind, name] != expected[kind, name]:
            yield Finding(kind, name, "changed")
    if ("table", "alembic_version") in found:
        revisions = sorted(map(str, connection.scalars(text("SELECT version_num FROM alembic_version"))))
        if revisions != [current_revision()]:
            yield Finding("alembic_version", "/".join(revisions) or "*", "changed")


@cache
def _migrated() -> Parts:
    """What the migrations make of an empty file."""
    engine = create_engine("sqlite://")
    try:
        with engine.begin() as connection:
            upgrade_within(connection)
            return _of_sqlite(connection)
    finally:
        engine.dispose()


def _of_sqlite(connection: Connection) -> Parts:
    """What stands in SQLite's own table: it keeps the text of each part. Its statistics are nobody's business."""
    found: dict[tuple[str, str], object] = {}
    for kind, name, table, sql in connection.execute(text("SELECT type, name, tbl_name, sql FROM sqlite_schema")):
        if kind == "table" and name == table and sql in _STATISTICS:
            continue
        key, value = (str(kind), str(name)), (table, _plain(sql))
        # Of two by one name both are kept, which is never as expected.
        found[key] = (found[key], value) if key in found else value
    return found


def _plain(sql: str | None) -> tuple[tuple[str, ...], ...]:
    """What a statement says, sign by sign: blanks, quotes of our names and the order of a table's parts say nothing.

    SQLite keeps the text as it was given, and writes names into it when a table is copied or renamed.
    """
    if sql is None:
        return ()
    signs = [_unquoted(sign) for sign in _SIGN.findall(sql) if sign not in _BLANKS]
    if "(" not in signs:
        return (tuple(signs),)
    start = signs.index("(") + 1
    parts: list[list[str]] = [[]]
    depth = 0
    for sign in signs[start:]:
        depth += (sign == "(") - (sign == ")")
        if sign == "," and depth == 0:
            parts.append([])
        else:
            parts[-1].append(sign)
    # The bracket at the end belongs to no part; what follows it does.
    if parts[-1][-1:] == [")"]:
        parts[-1].pop()
    inside = [tuple(part) for part in parts]
    # In what order an index has its columns makes a difference.
    return tuple(signs[:start]), *(sorted(inside) if signs[:2] == ["CREATE", "TABLE"] else inside)


def _unquoted(sign: str) -> str:
    """A name without quotes. What else stands in quotes may be another thing without: a text, or a part of a type."""
    return sign[1:-1] if sign[0] == '"' and sign[1:-1] in _NAMES else sign
