"""Ties between people as known at the end of a month: who, of what kind, and since when."""

from datetime import date

from goodstanding.engines import literal, texts
from goodstanding.statements import DEALINGS, PointInTime

# Details that two people share because they know each other; an account shared makes them co-holders.
SHARED = ("address", "phone", "email", "account", "document")
TRANSFERS = "transfers"
KINDS = (TRANSFERS, *SHARED)
# A detail of more people than these is a dormitory's or an office's and says nothing of any two of them.
MOST_SHARERS = 10
_FAR = date(9999, 12, 31)
_NOTHING = (
    "SELECT CAST(NULL AS VARCHAR) AS person_id, CAST(NULL AS VARCHAR) AS other_person, "
    "CAST(NULL AS VARCHAR) AS kind, CAST(NULL AS DATE) AS born_on WHERE FALSE"
)


def ties_sql(point: PointInTime) -> str:
    """SQL of one row for each pair of people on file and kind of tie: person_id < other_person, kind, born_on.

    A tie of transfers is born with the first of them, one of a shared detail on the day from which both had it. A
    detail counts until its `valid_to`, an address also until the person's next one.
    """
    joined = f"({point.people()})"
    parts = [_NOTHING]
    if point.entries(DEALINGS):
        parts.append(_transfers_sql(point.statements(["first_on"], DEALINGS)))
    if details := point.records("details"):
        parts.append(_shared_sql(details, joined))
    found = " UNION ALL ".join(parts)
    return (
        f"SELECT t.person_id, t.other_person, t.kind, min(t.born_on) AS born_on FROM ({found}) AS t "
        f"SEMI JOIN {joined} AS p ON p.person_id = t.person_id SEMI JOIN {joined} AS o ON o.person_id = t.other_person "
        "GROUP BY t.person_id, t.other_person, t.kind"
    )


def both_ways(pairs: str) -> str:
    """SQL of the pairs (person_id, other_person) of a relation, each of them in either direction."""
    return (
        f"SELECT person_id, other_person FROM {pairs} AS p "
        f"UNION ALL SELECT other_person AS person_id, person_id AS other_person FROM {pairs} AS p"
    )


def _transfers_sql(dealings: str) -> str:
    """Both sides of a transfer may have a statement of it: either will do."""
    return (
        "SELECT least(person_id, other_person) AS person_id, greatest(person_id, other_person) AS other_person, "
        f"{literal(TRANSFERS)} AS kind, first_on AS born_on FROM ({dealings}) AS d WHERE person_id <> other_person"
    )


def _shared_sql(details: str, joined: str) -> str:
    """Pairs of people on file who had the same detail at the same time."""
    # One address follows another; of phones, e-mails, accounts and documents one may have several.
    next_one = "lead(happened_on) OVER (PARTITION BY person_id, kind ORDER BY happened_on, source, record_id)"
    in_use = (
        f"(SELECT d.person_id, kind, value, happened_on, coalesce(valid_to, {literal(_FAR)}) AS until, "
        f"CASE WHEN kind = 'address' THEN {next_one} END AS left_on "
        f"FROM ({details}) AS d SEMI JOIN {joined} AS p ON p.person_id = d.person_id "
        f"WHERE state = 'valid' AND kind IN {texts(SHARED)})"
    )
    few = (
        f"(SELECT kind, value FROM {in_use} AS h GROUP BY kind, value "
        f"HAVING count(DISTINCT person_id) BETWEEN 2 AND {MOST_SHARERS})"
    )
    return (
        "SELECT a.person_id, b.person_id AS other_person, a.kind, greatest(a.happened_on, b.happened_on) AS born_on "
        f"FROM {in_use} AS a JOIN {few} AS f ON f.kind = a.kind AND f.value = a.value "
        f"JOIN {in_use} AS b ON b.kind = a.kind AND b.value = a.value AND a.person_id < b.person_id "
        "WHERE a.happened_on <= b.until AND b.happened_on <= a.until "
        f"AND a.happened_on < coalesce(b.left_on, {literal(_FAR)}) "
        f"AND b.happened_on < coalesce(a.left_on, {literal(_FAR)})"
    )
