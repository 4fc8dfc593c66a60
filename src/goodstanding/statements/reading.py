"""Reading statements as of a month: what was known when it closed, and nothing later."""

from goodstanding.months import Month
from goodstanding.store import Entry, Workspace


def statement_entries(workspace: Workspace, as_of: Month) -> list[Entry]:
    """The statement files that an answer as of a month may rest on."""
    return [entry for entry in workspace.catalogue.under("statements") if _known(entry) <= as_of]


def _known(entry: Entry) -> Month:
    """The later of a file's month and the month in which it became known."""
    _, month, known, _ = entry.path.split("/")
    return max(Month.parse(month.removeprefix("month=")), Month.parse(known.removeprefix("known=")))


def statements_as_of(statements: str, asked: str) -> str:
    """SQL of the statements behind each row of `asked` (person_id, as_of: a first day), with their `age` in months.

    Of each month the latest statement that was known at the end of the as-of month, unless it has no valid record left.
    """
    age = "(year(asked.as_of) - year(month)) * 12 + month(asked.as_of) - month(month)"
    latest = (
        f"SELECT asked.as_of, s.*, {age} AS age "
        f"FROM {asked} asked JOIN {statements} s ON s.person_id = asked.person_id "
        "AND s.month <= asked.as_of AND s.known_on <= last_day(asked.as_of) "
        "QUALIFY row_number() OVER (PARTITION BY s.person_id, asked.as_of, s.month ORDER BY s.known_on DESC) = 1"
    )
    return f"SELECT * FROM ({latest}) WHERE records > 0"
