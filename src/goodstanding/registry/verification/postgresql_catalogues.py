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
from goodstanding.registry.verification.surroundings import OURS, SURROUNDINGS

Parts: TypeAlias = Mapping[tuple[str, str], object]

_REVISION = Table(
    "alembic_version",
    MetaData(),
    Column("version_num", String(32), nullable=False),
    PrimaryKeyConstraint("version_num", name="alembic_version_pkc"),
)

# Each gives the kind of a part, its name, and all that it is. Kept for the server: what it makes for itself.
_FOUND = (
    # A name must lead to the table of this schema, not to one that lies before it. The server says in short in a row
    # of its own what else a table has, and looks for no more than that.
    f"""
    SELECT CASE relkind WHEN 'r' THEN 'table' WHEN 'v' THEN 'view' WHEN 'm' THEN 'materialised view'
               WHEN 'S' THEN 'sequence' WHEN 'p' THEN 'partitioned table' WHEN 'f' THEN 'foreign table'
               ELSE 'relation' END,
           relname,
           ARRAY[relpersistence::text, relrowsecurity::text, relforcerowsecurity::text, relispartition::text,
                 (SELECT count(*) FROM pg_inherits WHERE inhrelid = c.oid OR inhparent = c.oid)::text,
                 (to_regclass(quote_ident(relname)) = c.oid)::text,
                 (relkind <> 'r' OR relam = (SELECT oid FROM pg_am WHERE amname = 'heap'))::text,
                 (relhasindex OR NOT EXISTS (SELECT FROM pg_index WHERE indrelid = c.oid))::text,
                 (relhastriggers OR NOT EXISTS (SELECT FROM pg_trigger WHERE tgrelid = c.oid))::text,
                 (relchecks = (SELECT count(*) FROM pg_constraint WHERE conrelid = c.oid AND contype = 'c'))::text]
    FROM pg_class c WHERE relnamespace = {OURS} AND relkind NOT IN ('i', 'I', 'c', 't')
    """,
    f"""
    SELECT 'column', relname || '.' || attname,
           ARRAY[format_type(atttypid, atttypmod), attnotnull::text, pg_get_expr(adbin, adrelid),
                 attidentity::text, attgenerated::text, (attcollation = typcollation)::text]
    FROM pg_attribute JOIN pg_class c ON c.oid = attrelid JOIN pg_type t ON t.oid = atttypid
    LEFT JOIN pg_attrdef ON adrelid = attrelid AND adnum = attnum
    WHERE relnamespace = {OURS} AND relkind = 'r' AND attnum > 0 AND NOT attisdropped
    """,
    # From version 18 on each NOT NULL is a constraint with a name; columns say the same.
    f"""
    SELECT 'constraint', conname, ARRAY[relname::text, pg_get_constraintdef(n.oid)]
    FROM pg_constraint n JOIN pg_class c ON c.oid = conrelid WHERE relnamespace = {OURS} AND contype NOT IN ('n', 't')
    """,
    # Those that constraints are kept by as well.
    f"""
    SELECT 'index', i.relname,
           ARRAY[pg_get_indexdef(i.oid), indisunique::text,
                 (indisvalid AND indisready AND indislive AND indimmediate)::text,
                 (SELECT bool_and(one < 16384) FROM unnest(indclass) AS one)::text]
    FROM pg_index JOIN pg_class i ON i.oid = indexrelid JOIN pg_class c ON c.oid = indrelid
    WHERE c.relnamespace = {OURS} AND c.relkind = 'r'
    """,
    f"""
    SELECT 'trigger', tgname, ARRAY[pg_get_triggerdef(t.oid)]
    FROM pg_trigger t JOIN pg_class c ON c.oid = tgrelid WHERE relnamespace = {OURS} AND NOT tgisinternal
    """,
    # What keeps a foreign key are triggers as well, four of the server's own, and can be put out of force.
    f"""
    SELECT 'constraint', conname, ARRAY['out of force']
    FROM pg_constraint n JOIN pg_class c ON c.oid = conrelid
    WHERE relnamespace = {OURS} AND contype = 'f' AND 4 <> (
        SELECT count(DISTINCT proname) FROM pg_trigger JOIN pg_proc p ON p.oid = tgfoid
        WHERE tgconstraint = n.oid AND tgenabled = 'O' AND tgqual IS NULL AND p.oid < 16384
          AND (tgrelid = conrelid AND proname IN ('RI_FKey_check_ins', 'RI_FKey_check_upd')
               OR tgrelid = confrelid AND proname IN ('RI_FKey_noaction_del', 'RI_FKey_noaction_upd')))
    """,
    f"""
    SELECT 'rule', rulename, ARRAY[pg_get_ruledef(r.oid)]
    FROM pg_rewrite r JOIN pg_class c ON c.oid = ev_class WHERE relnamespace = {OURS} AND relkind = 'r'
    """,
    f"""
    SELECT 'policy', polname, ARRAY[relname::text]
    FROM pg_policy JOIN pg_class c ON c.oid = polrelid WHERE relnamespace = {OURS}
    """,
    f"SELECT 'function', proname, ARRAY[oid::text] FROM pg_proc WHERE pronamespace = {OURS}",
    f"SELECT 'operator', oprname, ARRAY[oid::text] FROM pg_operator WHERE oprnamespace = {OURS}",
    f"""
    SELECT 'type', typname, ARRAY[typtype::text]
    FROM pg_type WHERE typnamespace = {OURS} AND typtype IN ('d', 'e', 'r')
    """,
    *SURROUNDINGS,
)


def found_parts(connection: Connection) -> Parts:
    """The parts of the schema by kind and name. Of two by one name both are kept, which is never as expected."""
    found: dict[tuple[str, str], object] = {}
    for query in _FOUND:
        for kind, name, parts in connection.execute(text(query)):
            value: object = tuple(_plain(one) if kind == "constraint" else one for one in parts)
            found[kind, name] = (found[kind, name], value) if (kind, name) in found else value
    return found


def expected_parts(connection: Connection) -> Parts:
    """The parts that the tables declare, as the catalogues would say them."""
    schema = connection.scalar(text("SELECT quote_ident(current_schema())"))
    expected: dict[tuple[str, str], object] = {}
    for table in (*METADATA.sorted_tables, _REVISION):
        expected["table", table.name] = ("p", "false", "false", "false", "0", *["true"] * 5)
        for column in table.columns:
            if _is_numbered(column):
                expected["sequence", _sequence(column)] = expected["table", table.name]
            expected["column", f"{table.name}.{column.name}"] = _column(column, connection.dialect)
        for constraint in table.constraints:
            expected["constraint", str(constraint.name)] = (table.name, _plain(_constraint(constraint)))
            if isinstance(constraint, PrimaryKeyConstraint | UniqueConstraint):
                expected["index", str(constraint.name)] = _index(table, constraint, schema)
        for index in table.indexes:
            expected["index", str(index.name)] = _index(table, index, schema)
    return expected


def _column(column: Column[Any], dialect: Dialect) -> tuple[str | None, ...]:
    kind = column.type.compile(dialect).lower().replace("varchar", "character varying")
    default = getattr(column.server_default, "arg", None)
    written = None if default is None else f"'{getattr(default, 'text', default)}'::{kind}"
    if _is_numbered(column):
        written = f"nextval('{_sequence(column)}'::regclass)"
    return kind, str(not column.nullable).lower(), written, "", "", "true"


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


def _index(table: Table, index: Index | PrimaryKeyConstraint | UniqueConstraint, schema: str | None) -> tuple[str, ...]:
    unique = not isinstance(index, Index) or bool(index.unique)
    columns = ", ".join(column.name for column in index.columns)
    made = "CREATE UNIQUE INDEX" if unique else "CREATE INDEX"
    definition = f"{made} {index.name} ON {schema}.{table.name} USING btree ({columns})"
    return definition, str(unique).lower(), "true", "true"


def _plain(definition: str) -> str:
    """What a constraint says, without what the server writes in when it keeps one: casts, brackets, arrays."""
    pieces: Iterator[str] = iter(re.split(r"('(?:[^']|'')*')", definition))
    return "".join(piece if piece.startswith("'") else _loose(piece) for piece in pieces)


def _loose(piece: str) -> str:
    piece = re.sub(r"::(text|character varying)(\[\])?", "", piece)
    piece = re.sub(r"= ANY\s*\(+\s*ARRAY\[", "IN ", piece)
    return re.sub(r"[\s()\]]", "", piece).replace('"', "")
