"""What lies around the registry's schema in PostgreSQL and has a say in it: nothing of it is ours, all of it is named.

Each query gives the kind of a part, its name, and something to tell it by. What else lies in other schemas has no say:
a connection of ours looks for names in PostgreSQL's own catalogue and in the registry's schema alone.
"""

from goodstanding.registry.database.postgresql_session import SETTINGS

OURS = "(SELECT oid FROM pg_namespace WHERE nspname = current_schema())"
# Those of a connection of ours mean nothing to it, since it has its own.
_HARMLESS = {
    *map(str.lower, SETTINGS),
    # A statement that takes too long ends with an error.
    "statement_timeout",
    "lock_timeout",
    "transaction_timeout",
    "idle_session_timeout",
    "idle_in_transaction_session_timeout",
    # A name to show, and how much is said of what goes on.
    "application_name",
    "client_min_messages",
    # How much memory a query takes, and which of the ways to one result seems the cheapest.
    "work_mem",
    "maintenance_work_mem",
    "temp_buffers",
    "effective_cache_size",
    "random_page_cost",
    "jit",
    # A connection of ours says by itself what it reads as of, and whether it writes.
    "default_transaction_isolation",
    "default_transaction_read_only",
    "default_transaction_deferrable",
}
_NAMES = ", ".join(f"'{name}'" for name in sorted(_HARMLESS))
# What the server was made with; whatever came later has a greater number.
_MADE_WITH = "16384"
_BUILT_IN = f"p.pronamespace = 'pg_catalog'::regnamespace AND p.oid < {_MADE_WITH}"
# btree and hash are what equality and order go by.
_ORDERS = "(SELECT oid FROM pg_am WHERE amname IN ('btree', 'hash'))"

SURROUNDINGS = (
    "SELECT 'event trigger', evtname, ARRAY[evtevent::text] FROM pg_event_trigger",
    # Of any role: the one that checks need not be the one that writes. The schema that is checked may be named.
    f"""
    SELECT 'setting', split_part(one, '=', 1), ARRAY[one] FROM pg_db_role_setting, unnest(setconfig) AS one
    WHERE setdatabase IN (0, (SELECT oid FROM pg_database WHERE datname = current_database()))
      AND lower(split_part(one, '=', 1)) NOT IN ({_NAMES})
      AND one NOT IN ('session_replication_role=origin', 'synchronous_commit=on', 'synchronous_commit=remote_apply',
                      'search_path=' || quote_ident(current_schema()))
    """,
    # A session that replays another's changes is not held to foreign keys. The server's own file may say so as well.
    """
    SELECT 'setting', name, ARRAY[reset_val] FROM pg_settings
    WHERE name = 'session_replication_role' AND reset_val <> 'origin'
    """,
    # It would keep us from erasing what a row there leads to.
    f"""
    SELECT 'constraint', conname, ARRAY[conrelid::regclass::text]
    FROM pg_constraint JOIN pg_class c ON c.oid = confrelid JOIN pg_class o ON o.oid = conrelid
    WHERE c.relnamespace = {OURS} AND o.relnamespace <> {OURS}
    """,
    # It writes what another server sends into our tables.
    f"""
    SELECT DISTINCT 'subscription', subname, ARRAY[s.oid::text]
    FROM pg_subscription_rel JOIN pg_subscription s ON s.oid = srsubid JOIN pg_class c ON c.oid = srrelid
    WHERE relnamespace = {OURS}
    """,
    # It has the server call whatever it likes when it counts a table's values.
    f"""
    SELECT 'statistics', stxname, ARRAY[s.oid::text]
    FROM pg_statistic_ext s JOIN pg_class c ON c.oid = stxrelid WHERE relnamespace = {OURS} AND 'e' = ANY (stxkind)
    """,
    # Whatever is looked for by name is looked for there first.
    f"""
    SELECT 'operator', oprname, ARRAY[oid::text] FROM pg_operator
    WHERE oprnamespace = 'pg_catalog'::regnamespace AND oid >= {_MADE_WITH}
    """,
    # Languages keep functions there as well; only one that goes by a name of the server's own is taken for that.
    f"""
    SELECT 'function', proname, ARRAY[oid::text] FROM pg_proc
    WHERE pronamespace = 'pg_catalog'::regnamespace AND oid >= {_MADE_WITH}
      AND proname IN (SELECT proname FROM pg_proc p WHERE {_BUILT_IN})
    """,
    f"""
    SELECT 'type', typname, ARRAY[oid::text] FROM pg_type t
    WHERE typnamespace = 'pg_catalog'::regnamespace AND oid >= {_MADE_WITH}
      AND NOT EXISTS (SELECT FROM pg_type WHERE typarray = t.oid)
    """,
    # Casts lie in no schema. Those between the server's own types are the server's own.
    f"""
    SELECT 'cast', format('%s as %s', format_type(castsource, NULL), format_type(casttarget, NULL)), ARRAY[oid::text]
    FROM pg_cast WHERE castsource < {_MADE_WITH} AND casttarget < {_MADE_WITH}
      AND (oid >= {_MADE_WITH} OR castfunc >= {_MADE_WITH})
    """,
    # Nor does what equality and order of the server's own types go by.
    f"""
    SELECT 'operator class', opcname, ARRAY[oid::text] FROM pg_opclass
    WHERE opcmethod IN {_ORDERS} AND opcintype < {_MADE_WITH} AND opcdefault AND oid >= {_MADE_WITH}
    """,
    f"""
    SELECT DISTINCT 'operator family', opfname, ARRAY[f.oid::text]
    FROM pg_opfamily f
    JOIN (SELECT oid, amopfamily AS family, (SELECT oprcode FROM pg_operator o WHERE o.oid = amopopr)::oid AS calls
          FROM pg_amop UNION ALL SELECT oid, amprocfamily, amproc::oid FROM pg_amproc) a ON a.family = f.oid
    JOIN pg_proc p ON p.oid = a.calls
    WHERE opfmethod IN {_ORDERS} AND f.oid < {_MADE_WITH}
      AND (a.oid >= {_MADE_WITH} OR NOT ({_BUILT_IN})
           OR prolang <> (SELECT oid FROM pg_language WHERE lanname = 'internal'))
    """,
    # The order that texts have if none is named: in another kind than these, two that differ can be equal.
    """
    SELECT 'collation', collname, ARRAY[oid::text] FROM pg_collation
    WHERE oid = (SELECT typcollation FROM pg_type WHERE oid = 'text'::regtype) AND NOT collisdeterministic
    """,
    # What we count with can be made anew in place.
    f"""
    SELECT 'function', p.proname, ARRAY[p.oid::text]
    FROM pg_aggregate JOIN pg_proc p ON p.oid = aggfnoid JOIN pg_proc t ON t.oid = aggtransfn
    WHERE {_BUILT_IN} AND p.proname IN ('count', 'max', 'min')
      AND (aggfinalfn <> 0 OR t.oid >= {_MADE_WITH}
           OR agginitval IS DISTINCT FROM CASE p.proname WHEN 'count' THEN '0' END
           OR t.proname NOT LIKE CASE p.proname WHEN 'count' THEN 'int8inc%' WHEN 'max' THEN '%larger'
                                                ELSE '%smaller' END)
    """,
)
