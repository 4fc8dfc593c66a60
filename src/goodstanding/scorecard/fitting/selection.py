"""Which characteristics are used, and why the others are not."""

from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from goodstanding.scorecard.binning import Floats, totals
from goodstanding.scorecard.fitting.methods import Additive, weights_of_evidence
from goodstanding.scorecard.fitting.prepared import Prepared, attribute_tally, information_of
from goodstanding.scorecard.fitting.settings import Selection, Settings
from goodstanding.scorecard.table.points_table import Decision
from goodstanding.scorecard.validation.stability import population_stability

Periods: TypeAlias = NDArray[Any]


def select(prepared: Prepared, settings: Settings, periods: Periods | None) -> tuple[Prepared, list[Decision]]:
    """Drop what tells too little, what is not stable over `periods` (n slices), and what others say already."""
    rules = settings.selection
    if rules == Selection():
        return prepared, []
    groupings = [prepared.by_information(j, settings) for j in range(len(prepared.names))]
    values = [information_of(grouping, counted) for grouping, counted in zip(groupings, prepared.counted, strict=True)]
    weights = tuple(
        weights_of_evidence(attribute_tally(grouping, counted))
        for grouping, counted in zip(groupings, prepared.counted, strict=True)
    )
    additive = Additive(tuple(groupings), weights)
    decisions: list[Decision] = []
    chosen_columns: list[int] = []
    for j, name in enumerate(prepared.names):
        information = round(values[j], 4)
        if information < rules.least_information:
            decisions.append(Decision(name, "low_information", information, rules.least_information))
            continue
        moved = None if rules.most_psi is None or periods is None else _instability(prepared, additive, j, periods)
        if moved is not None and rules.most_psi is not None and moved > rules.most_psi:
            decisions.append(Decision(name, "unstable", information, round(moved, 4)))
            continue
        chosen_columns.append(j)
    chosen_columns, repeated = _unrepeated(prepared, additive, chosen_columns, values, rules)
    return prepared.only(chosen_columns), decisions + repeated


def _instability(prepared: Prepared, additive: Additive, j: int, periods: Periods) -> float:
    """The greatest PSI between a slice of time and the whole."""
    attribute = additive.groupings[j].of(prepared.codes[j])
    size = additive.groupings[j].size
    whole = totals(attribute, prepared.weight, size)
    return max(
        population_stability(
            whole,
            totals(attribute[periods == period], prepared.weight[periods == period], size),
        )
        for period in np.unique(periods)
    )


def _unrepeated(
    prepared: Prepared, additive: Additive, chosen_columns: list[int], values: list[float], rules: Selection
) -> tuple[list[int], list[Decision]]:
    """Drop, of each two that go together too closely, the one that tells less; then by variance inflation."""
    if len(chosen_columns) < 2 or (rules.most_correlation is None and rules.most_vif is None):  # noqa: PLR2004 - takes two
        return chosen_columns, []
    together = np.abs(_correlation(prepared, additive, chosen_columns))
    place = {j: i for i, j in enumerate(chosen_columns)}
    decisions: list[Decision] = []
    chosen: list[int] = []
    for j in sorted(chosen_columns, key=lambda j: (-values[j], j)):
        beside = max(chosen, key=lambda other: together[place[j], place[other]], default=None)
        figure = 0.0 if beside is None else float(together[place[j], place[beside]])
        if beside is not None and rules.most_correlation is not None and figure > rules.most_correlation:
            decisions.append(
                Decision(prepared.names[j], "correlated", round(values[j], 4), round(figure, 4), prepared.names[beside])
            )
        else:
            chosen.append(j)
    while rules.most_vif is not None and len(chosen) > 1:
        inflation = _inflation(together_of := _correlation(prepared, additive, chosen))
        over = [i for i in range(len(chosen)) if inflation[i] > rules.most_vif]
        if not over:
            break
        worst = min(over, key=lambda i: (values[chosen[i]], -i))
        nearest = np.argmax(np.abs(together_of[worst]) - np.eye(len(chosen))[worst])
        decisions.append(
            Decision(
                prepared.names[chosen[worst]],
                "inflated",
                round(values[chosen[worst]], 4),
                round(float(inflation[worst]), 2),
                prepared.names[chosen[int(nearest)]],
            )
        )
        del chosen[worst]
    return sorted(chosen), decisions


def _correlation(prepared: Prepared, additive: Additive, chosen: list[int]) -> Floats:
    """Correlations between weights of evidence over the sample."""
    part = Additive(tuple(additive.groupings[j] for j in chosen), tuple(additive.values[j] for j in chosen))
    root = np.sqrt(prepared.weight / prepared.weight.sum())
    mean, square = np.zeros(len(chosen)), np.zeros((len(chosen), len(chosen)))
    for rows, piece in part.design(prepared.only(chosen)).pieces(root):
        mean += piece.T @ root[rows]
        square += piece.T @ piece
    covariance = square - np.outer(mean, mean)
    spread = np.sqrt(np.maximum(np.diag(covariance), 1e-300))
    return covariance / np.outer(spread, spread)


def _inflation(correlation: Floats) -> Floats:
    """Variance inflation factors: the diagonal of the inverse of the correlations."""
    return np.diag(np.linalg.pinv(correlation + 1e-9 * np.eye(len(correlation)))).astype(np.float64)
