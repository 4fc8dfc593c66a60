"""The database's own structure against what the migrations make: whatever else is there can undo what is written."""

import re
from collections.abc import Generator, Mapping
from functools import cache
from typing import TypeAlias

from sqlalchemy import Connection, create_engine, text

from goodstanding.registry.database.upgrading import current_revision, upgrade_within
from goodstanding.registry.verifying.catalogues import expected_parts, found_parts
from goodstanding.registry.verifying.finding import Finding

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
    rows = connection.execute(text("SELECT type, name, tbl_name, sql FROM sqlite_schema")).all()
    return {
        (str(row.type), str(row.name)): (row.tbl_name, _plain(row.sql))
        for row in rows
        if row.name not in ("sqlite_stat1", "sqlite_stat4")
    }


def _plain(sql: str | None) -> tuple[str, ...]:
    """What a statement says: neither blanks, quotes of names nor the order of a table's parts make a difference.

    SQLite keeps the text as it was given, and writes names into it when a table is copied or renamed.
    """
    if sql is None:
        return ()
    before, bracket, inside = sql.partition("(")
    parts: list[str] = [""]
    depth = 0
    for sign in re.split(r"('(?:[^']|'')*'|[(),])", inside):
        depth += (sign == "(") - (sign == ")")
        if sign == "," and depth == 0:
            parts.append("")
        else:
            parts[-1] += sign
    first, *others = [_without_blanks(part) for part in (before + bracket, *parts)]
    # The bracket at the end belongs to no part; what follows it does.
    last = others[-1].removesuffix(")")
    return first, *sorted([*others[:-1], last])


def _without_blanks(part: str) -> str:
    pieces = re.split(r"('(?:[^']|'')*')", part)
    # Only names in quotes that need none.
    plain = [
        piece if at % 2 else re.sub(r'"([a-z_0-9]+)"', r"\1", re.sub(r"\s+", " ", piece))
        for at, piece in enumerate(pieces)
    ]
    return re.sub(r" ?([(),]) ?", r"\1", "".join(plain)).strip()
