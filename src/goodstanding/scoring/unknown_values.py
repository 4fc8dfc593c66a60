"""What is not known of a person, and what would make it known: it costs no points, but it brings none either."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from goodstanding.cards import Card
from goodstanding.programmes import Programme, in_language
from goodstanding.wording import mark, tr

_FURNISHED_BY = {
    "people": mark("Join, and stay on file."),
    "details": mark("Have your address, phone number, employer or documents put on file."),
    "payments": mark("Let your bank or wallet furnish the payments of your account."),
    "transfers": mark("Let your bank or wallet furnish your transfers with other people."),
    "dues": mark("Let your lenders, landlord and suppliers furnish what falls due and when you pay it."),
    "balances": mark("Let your bank furnish the balances of your accounts."),
    "orders": mark("Let the merchants that you rent from furnish how rentals end."),
    "inquiries": mark("Let the register of credit applications be furnished."),
    "public_records": mark("Let the register of judgments be furnished."),
}


@dataclass(frozen=True)
class NotKnown:
    """Characteristics that read the same tables and are not known; `furnished` is whether anybody furnishes those."""

    tables: tuple[str, ...]
    characteristics: tuple[str, ...]
    titles: tuple[str, ...]
    furnished: bool
    how: str


def not_known(
    programme: Programme, card: Card, known: Mapping[str, float], furnished: Collection[str]
) -> list[NotKnown]:
    """What of a card is not known of a person; `known` are the values, `furnished` the tables with a record.

    What is not on the card is not asked of them: to have it furnished would change nothing.
    """
    on_card = {characteristic.name for characteristic in card.characteristics}
    of = programme.known_measures
    groups: dict[tuple[str, ...], list[str]] = {}
    for characteristic in programme.characteristics:
        if characteristic.name in on_card - known.keys():
            tables = sorted({of[measure].table for measure in programme.formula(characteristic).reads})
            groups.setdefault(tuple(tables), []).append(characteristic.name)
    found: list[NotKnown] = []
    for tables, names in groups.items():
        missing = [table for table in tables if table not in furnished]
        how = " ".join(tr(_FURNISHED_BY[table]) for table in missing)
        titles = tuple(in_language(programme.characteristic(n).title) for n in names)
        too_little = tr("This is furnished, but too little has been recorded yet.")
        found.append(NotKnown(tables, tuple(names), titles, not missing, how or too_little))
    return sorted(found, key=lambda group: (group.furnished, -len(group.titles)))
