"""Whether a points table that was read holds together."""

from itertools import pairwise

from goodstanding.errors import BadInput
from goodstanding.scorecard.table.points_table import Characteristic, Cross, PointsTable
from goodstanding.wording import one_of, tr


def check_table(table: PointsTable, columns: list[str]) -> None:
    """Raise BadInput unless the table's parts fit each other and the columns it is for."""
    if not table.range[0] < table.range[1]:
        raise _refused("range", str(table.range), tr("two whole numbers, the lesser first"))
    if not (table.points_to_double > 0 and table.base_odds > 0):
        found = f"{table.points_to_double}, {table.base_odds}"
        raise _refused("points_to_double, base_odds", found, tr("numbers above 0"))
    for characteristic in table.characteristics:
        _check_characteristic(characteristic, columns)
    by_name = {characteristic.name: characteristic for characteristic in table.characteristics}
    for cross in table.crosses:
        _check_cross(cross, by_name)


def _check_characteristic(characteristic: Characteristic, columns: list[str]) -> None:
    if characteristic.name not in columns:
        raise _refused(characteristic.name, tr("no such column"), one_of(columns))
    least = [attribute.least for attribute in characteristic.attributes]
    named = characteristic.named
    rising = named or (
        bool(least) and least[0] is None and all(b is not None and (a is None or a < b) for a, b in pairwise(least))
    )
    if not rising:
        raise _refused(characteristic.name, str(least), tr("ranges from the lowest up"))
    ends = (characteristic.least_seen, characteristic.greatest_seen)
    if (ends[0] is None) != (ends[1] is None) or (ends[0] is not None and ends[1] is not None and ends[0] > ends[1]):
        raise _refused(characteristic.name, f"least_seen, greatest_seen: {ends}", tr("two numbers, the lesser first"))


def _check_cross(cross: Cross, by_name: dict[str, Characteristic]) -> None:
    row, column = by_name.get(cross.row), by_name.get(cross.column)
    if row is None or column is None:
        raise _refused(cross.name, f"{cross.row}, {cross.column}", tr("two characteristics of the card"))
    shape = (len(row.all_attributes), {len(column.all_attributes)})
    if (len(cross.points), {len(line) for line in cross.points}) != shape:
        raise _refused(cross.name, tr("another shape"), tr("points for each pair of attributes"))


def _refused(where: str, found: str, expected: str) -> BadInput:
    return BadInput(where=tr("card, {part}", part=where), found=found, expected=expected, do=tr("Write it again."))
