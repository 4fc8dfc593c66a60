"""Characteristics that are the outcome over again: known only once it was, or written down because of it."""

from collections.abc import Sequence

from goodstanding.errors import BadInput
from goodstanding.scorecard.binning import GroupLimits, group_by_information, information
from goodstanding.scorecard.binning.attribute_groups import CHANCE
from goodstanding.scorecard.fitting.prepared import Prepared, information_of
from goodstanding.scorecard.fitting.settings import Settings
from goodstanding.scorecard.table.points_table import Warned
from goodstanding.wording import tr

# A copy of the outcome with one row in twenty turned round has (0.95 - 0.05) x 2 ln 19 = 5.3, whatever the bad rate.
# The strongest honest characteristic of the public sets, the utilisation of "Give Me Some Credit", has 1.2.
LEAK = 4.0
# Into how many attributes, besides missing and special values: as many as a card has unless it is asked otherwise.
ATTRIBUTES = 8
# In a smaller sample two groups may be told apart perfectly by what is honest: a near-copy is told, and stops nothing.
LEAST_ROWS = 400


def found_leaks(prepared: Prepared) -> tuple[Warned, ...]:
    """The characteristics that are the outcome over again, each with its information value, in their order."""
    # No grouping tells more than the classes that it is of.
    looked_at = [j for j, counted in enumerate(prepared.counted) if information(counted.count, counted.bads) >= LEAK]
    found = ((prepared.names[j], _information(prepared, j)) for j in looked_at)
    return tuple(
        Warned(name, "leak", round(information, 4))
        for name, (information, chance) in found
        if information - chance >= LEAK
    )


def check_leaks(leaks: Sequence[Warned], prepared: Prepared, settings: Settings) -> None:
    """Raise BadInput for the leaks that are not allowed, all at once, unless the sample is too small to say."""
    if settings.allowed_leaks is None or prepared.weight.sum() < LEAST_ROWS:
        return
    refused = [leak for leak in leaks if leak.characteristic not in settings.allowed_leaks]
    if not refused:
        return
    names = [leak.characteristic for leak in refused]
    raise BadInput(
        where=tr("characteristics that are the outcome over again"),
        found=", ".join(
            f"{leak.characteristic} ({tr('information value {value}', value=f'{leak.figure:.2f}')})" for leak in refused
        ),
        expected=tr("an information value below {most}", most=f"{LEAK:g}"),
        do=tr(
            "Take it out of the programme, or allow it by name: {how}.",
            how=" ".join(f"--allow-leak {n}" for n in names),
        )
        if settings.leaks_by == "option"
        else tr("Forbid it, or allow it by name: {how}.", how=f"allowed_leaks={names!r}"),
    )


def _information(prepared: Prepared, j: int) -> tuple[float, float]:
    """The greatest information value of a characteristic, and how much of it may be chance.

    No limit and no trend is kept to, behind which a leak could hide: a flag of one in a thousand, a gap that only goods
    have. Chance is that which a trend is allowed where classes have an order; without one each level is on its own,
    and adds what it does where there is nothing to tell, 1 / goods + 1 / bads.
    """
    fine, counted = prepared.fine[j], prepared.counted[j]
    seen = counted.count > 0
    own = int(seen[: fine.first].sum()) + int(seen[fine.end :].sum())
    information = information_of(
        group_by_information(fine, counted, GroupLimits(0.0, 0.0, own + ATTRIBUTES), "none"), counted
    )
    bads = float(counted.bads.sum())
    free = CHANCE if fine.levels is None or fine.ordered else float(seen.sum() - 1)
    return information, free * (1 / bads + 1 / (float(counted.count.sum()) - bads))
