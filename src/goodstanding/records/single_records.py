"""Taking single records into a workspace: what is wrong with one keeps no other from being taken."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from goodstanding.engines import Duck, literal
from goodstanding.errors import AgainstTheLaw, BadInput, StandingError
from goodstanding.records.columns import check_columns
from goodstanding.records.feeds import rows_feed
from goodstanding.records.intake import check_feed, empty_sql, merge_all, set_currency, write_merged
from goodstanding.records.synthetic_stamp import check_stamp
from goodstanding.records.tables import TABLES
from goodstanding.store import Workspace
from goodstanding.wording import tr


@dataclass(frozen=True)
class Single:
    """A record that came alone: its table, and its columns as text. No two of a batch are of one record."""

    table: str
    values: Mapping[str, str]

    @property
    def called(self) -> str:
        """What it is called in an error: its table and id."""
        return f"{self.table} {self.values.get('record_id', '')}"


def take_singles(
    workspace: Workspace, singles: Sequence[Single], today: date, stamp: str | None
) -> Mapping[int, StandingError]:
    """Take records into the workspace, all that can be; gives for the others, by their place, why not.

    Nothing goes to quarantine: whoever has a record that is not taken keeps it. In a workspace without a currency the
    one that most records are in becomes its currency. Raises BadInput if synthetic and other records would mix, Busy.
    """
    with workspace.stage() as staging, Duck(None, workspace.spill) as duck:
        check_stamp(workspace, staging, stamp)
        feeds, refused = _by_columns(singles)
        tables = list(dict.fromkeys(table for table, _ in feeds))
        for table in tables:
            duck.run(empty_sql(TABLES[table]))
        for number, ((table, _), places) in enumerate(feeds.items()):
            feed = rows_feed(table, table, [singles[place].values for place in places])
            check_feed(duck, feed, number, today, staging.value("currency"))
        merge_all(duck, workspace, tables, single=True)
        _keep_to_one_currency(duck, tables)
        set_currency(duck, staging, tables)
        for table in tables:
            write_merged(duck, staging, TABLES[table], quarantine=False)
        places_of = list(feeds.values())
        for table in tables:
            for row in duck.rows(
                f"SELECT feed, line, field, found, expected FROM checked_{table} WHERE field NOT NULL"
            ):
                place = places_of[int(row["feed"])][int(row["line"]) - 1]
                where, do = f"{singles[place].called}, {row['field']}", tr("Correct the field, or withdraw the record.")
                refused[place] = BadInput(where=where, found=row["found"] or "", expected=row["expected"] or "", do=do)
    return refused


def _by_columns(
    singles: Sequence[Single],
) -> tuple[dict[tuple[str, tuple[str, ...]], list[int]], dict[int, StandingError]]:
    """The places of records by their table and columns, and the errors of those whose columns are not the table's."""
    feeds: dict[tuple[str, tuple[str, ...]], list[int]] = {}
    refused: dict[int, StandingError] = {}
    for place, single in enumerate(singles):
        try:
            check_columns(TABLES[single.table], single.called, single.values)
        except (BadInput, AgainstTheLaw) as error:
            refused[place] = error
        else:
            feeds.setdefault((single.table, tuple(sorted(single.values))), []).append(place)
    return feeds, refused


def _keep_to_one_currency(duck: Duck, tables: Sequence[str]) -> None:
    """Of records in several currencies those that are not in the commonest cannot be taken."""
    with_money = [table for table in tables if "currency" in TABLES[table].columns]
    if not with_money:
        return
    all_rows = " UNION ALL ".join(
        f"SELECT currency FROM checked_{table} WHERE fate = 'accepted'" for table in with_money
    )
    found = duck.rows(
        f"SELECT currency, count(*) AS n FROM ({all_rows}) WHERE currency IS NOT NULL "
        "GROUP BY currency ORDER BY n DESC, currency"
    )
    if not found:
        return
    commonest = found[0]["currency"]
    expected = tr(
        "{currency}, the currency of this workspace; load another into a workspace of its own", currency=commonest
    )
    for table in with_money:
        duck.run(
            f"UPDATE checked_{table} SET fate = 'quarantined', field = 'currency', found = currency, "
            f"expected = {literal(expected)} WHERE fate = 'accepted' AND currency <> {literal(commonest)}"
        )
