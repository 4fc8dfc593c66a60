"""What PostgreSQL's catalogues say of the registry's schema, and what they should say."""

import re
from collections.abc import Iterator, Mapping
from typing import Any, TypeAlias

from sqlalchemy import (
    CheckConstraint,
    Column,
    Connection,
    Constraint,
    Dialect,
    ForeignKeyConstraint,
    Index,
    MetaData,
    PrimaryKeyConstraint,
    String,
    Table,
    UniqueConstraint,
    text,
)

from goodstanding.registry.database.schema import METADATA

Parts: TypeAlias = Mapping[tuple[str, str], object]

_REVISION = Table(
    "alembic_version",
    MetaData(),
    Column("version_num", String(32), nullable=False),
    PrimaryKeyConstraint("version_num", name="alembic_version_pkc"),
)

_OURS = "(SELECT oid FROM pg_namespace WHERE nspname = current_schema())"
# Each gives the kind of a part, its name, and all that it is. Kept for the server: what it makes for itself.
_FOUND = (
    # A name must lead to the table of this schema, not to one that lies before it.
    f"""
    SELECT CASE relkind WHEN 'r' THEN 'table' WHEN 'v' THEN 'view' WHEN 'm' THEN 'materialised view'
               WHEN 'S' THEN 'sequence' WHEN 'p' THEN 'partitioned table' WHEN 'f' THEN 'foreign table'
               ELSE 'relation' END,
           relname,
           ARRAY[relpersistence::text, relrowsecurity::text, relforcerowsecurity::text, relispartition::text,
                 (SELECT count(*) FROM pg_inherits WHERE inhrelid = c.oid OR inhparent = c.oid)::text,
                 (to_regclass(quote_ident(relname)) = c.oid)::text]
    FROM pg_class c WHERE relnamespace = {_OURS} AND relkind NOT IN ('i', 'I', 'c', 't')
    """,
    f"""
    SELECT 'column', relname || '.' || attname,
           ARRAY[format_type(atttypid, atttypmod), attnotnull::text, pg_get_expr(adbin, adrelid),
                 attidentity::text, attgenerated::text]
    FROM pg_attribute JOIN pg_class c ON c.oid = attrelid
    LEFT JOIN pg_attrdef ON adrelid = attrelid AND adnum = attnum
    WHERE relnamespace = {_OURS} AND relkind = 'r' AND attnum > 0 AND NOT attisdropped
    """,
    # From version 18 on each NOT NULL is a constraint with a name; columns say the same.
    f"""
    SELECT 'constraint', conname, ARRAY[relname::text, pg_get_constraintdef(n.oid)]
    FROM pg_constraint n JOIN pg_class c ON c.oid = conrelid WHERE relnamespace = {_OURS} AND contype NOT IN ('n', 't')
    """,
    f"""
    SELECT 'index', i.relname,
           ARRAY[pg_get_indexdef(i.oid), indisvalid::text, indisready::text, indisunique::text]
    FROM pg_index JOIN pg_class i ON i.oid = indexrelid JOIN pg_class c ON c.oid = indrelid
    WHERE c.relnamespace = {_OURS} AND c.relkind = 'r'
      AND NOT EXISTS (SELECT FROM pg_constraint WHERE conindid = indexrelid AND contype IN ('p', 'u', 'x'))
    """,
    f"""
    SELECT 'trigger', tgname, ARRAY[pg_get_triggerdef(t.oid)]
    FROM pg_trigger t JOIN pg_class c ON c.oid = tgrelid WHERE relnamespace = {_OURS} AND NOT tgisinternal
    """,
    # What keeps a foreign key is a trigger as well, and can be put out of force.
    f"""
    SELECT DISTINCT 'constraint', conname, ARRAY['out of force']
    FROM pg_trigger t JOIN pg_constraint n ON n.oid = tgconstraint JOIN pg_class c ON c.oid = tgrelid
    WHERE relnamespace = {_OURS} AND tgisinternal AND tgenabled <> 'O'
    """,
    f"""
    SELECT 'rule', rulename, ARRAY[pg_get_ruledef(r.oid)]
    FROM pg_rewrite r JOIN pg_class c ON c.oid = ev_class WHERE relnamespace = {_OURS} AND relkind = 'r'
    """,
    f"""
    SELECT 'policy', polname, ARRAY[relname::text]
    FROM pg_policy JOIN pg_class c ON c.oid = polrelid WHERE relnamespace = {_OURS}
    """,
    f"SELECT 'function', proname, ARRAY[oid::text] FROM pg_proc WHERE pronamespace = {_OURS}",
    f"SELECT 'operator', oprname, ARRAY[oid::text] FROM pg_operator WHERE oprnamespace = {_OURS}",
    f"""
    SELECT 'type', typname, ARRAY[typtype::text]
    FROM pg_type WHERE typnamespace = {_OURS} AND typtype IN ('d', 'e', 'r')
    """,
    "SELECT 'event trigger', evtname, ARRAY[evtevent::text] FROM pg_event_trigger",
    # A session that says it replays another's changes is not held to foreign keys, and to no trigger of theirs.
    """
    SELECT 'setting', split_part(one, '=', 1), ARRAY[one] FROM pg_db_role_setting, unnest(setconfig) AS one
    WHERE setdatabase IN (0, (SELECT oid FROM pg_database WHERE datname = current_database()))
      AND split_part(one, '=', 1) = 'session_replication_role' AND one <> 'session_replication_role=origin'
    """,
)


def found_parts(connection: Connection) -> Parts:
    """The parts of the schema by kind and name. Of two by one name both are kept, which is never as expected."""
    found: dict[tuple[str, str], object] = {}
    for query in _FOUND:
        for kind, name, said in connection.execute(text(query)):
            value: object = tuple(_plain(one) if kind == "constraint" else one for one in said)
            found[kind, name] = (found[kind, name], value) if (kind, name) in found else value
    return found


def expected_parts(connection: Connection) -> Parts:
    """The parts that the tables declare, as the catalogues would say them."""
    schema = connection.scalar(text("SELECT quote_ident(current_schema())"))
    expected: dict[tuple[str, str], object] = {}
    for table in (*METADATA.sorted_tables, _REVISION):
        expected["table", table.name] = ("p", "false", "false", "false", "0", "true")
        for column in table.columns:
            if _is_numbered(column):
                expected["sequence", _sequence(column)] = expected["table", table.name]
            expected["column", f"{table.name}.{column.name}"] = _column(column, connection.dialect)
        for constraint in table.constraints:
            expected["constraint", str(constraint.name)] = (table.name, _plain(_constraint(constraint)))
        for index in table.indexes:
            expected["index", str(index.name)] = (
                _index(table, index, schema),
                "true",
                "true",
                str(index.unique).lower(),
            )
    return expected


def _column(column: Column[Any], dialect: Dialect) -> tuple[str | None, ...]:
    kind = column.type.compile(dialect).lower().replace("varchar", "character varying")
    default = getattr(column.server_default, "arg", None)
    said = None if default is None else f"'{getattr(default, 'text', default)}'::{kind}"
    if _is_numbered(column):
        said = f"nextval('{_sequence(column)}'::regclass)"
    return kind, str(not column.nullable).lower(), said, "", ""


def _is_numbered(column: Column[Any]) -> bool:
    """Whether the server would number the rows by a sequence, though we never have it do so."""
    return column.table.autoincrement_column is column


def _sequence(column: Column[Any]) -> str:
    return f"{column.table.name}_{column.name}_seq"


def _constraint(constraint: Constraint) -> str:
    match constraint:
        case ForeignKeyConstraint():
            (element,) = constraint.elements
            target = element.column
            return f"FOREIGN KEY ({element.parent.name}) REFERENCES {target.table.name}({target.name})"
        case PrimaryKeyConstraint() | UniqueConstraint():
            kind = "PRIMARY KEY" if isinstance(constraint, PrimaryKeyConstraint) else "UNIQUE"
            return f"{kind} ({', '.join(column.name for column in constraint.columns)})"
        case CheckConstraint():
            return f"CHECK ({constraint.sqltext})"
        case _:
            raise NotImplementedError(constraint)


def _index(table: Table, index: Index, schema: str | None) -> str:
    unique = "UNIQUE " if index.unique else ""
    columns = ", ".join(column.name for column in index.columns)
    return f"CREATE {unique}INDEX {index.name} ON {schema}.{table.name} USING btree ({columns})"


def _plain(said: str) -> str:
    """What a constraint says, without what the server writes in when it keeps one: casts, brackets, arrays."""
    pieces: Iterator[str] = iter(re.split(r"('(?:[^']|'')*')", said))
    return "".join(piece if piece.startswith("'") else _loose(piece) for piece in pieces)


def _loose(piece: str) -> str:
    piece = re.sub(r"::(text|character varying)(\[\])?", "", piece)
    piece = re.sub(r"= ANY\s*\(+\s*ARRAY\[", "IN ", piece)
    return re.sub(r"[\s()\]]", "", piece).replace('"', "")
