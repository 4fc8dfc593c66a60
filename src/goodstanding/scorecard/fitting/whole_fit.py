"""The whole fit: classes, selection, method, crosses, caps, whole points; and the record of all of it."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

from msgspec import structs
from numpy.typing import ArrayLike, NDArray
from threadpoolctl import ThreadpoolController

from goodstanding.scorecard.binning import Floats, GroupLimits
from goodstanding.scorecard.fitting.assembly import assembled
from goodstanding.scorecard.fitting.contrary_points import against_rates
from goodstanding.scorecard.fitting.crosses import CrossFit, fit_crosses
from goodstanding.scorecard.fitting.crossfit import Crossfit, crossfit
from goodstanding.scorecard.fitting.design import Design
from goodstanding.scorecard.fitting.influence_caps import Caps
from goodstanding.scorecard.fitting.leaks import check_leaks, found_leaks
from goodstanding.scorecard.fitting.likely_codes import likely_codes
from goodstanding.scorecard.fitting.methods import Additive, fit_additive, own_variances
from goodstanding.scorecard.fitting.prepared import Prepared, information_of, prepare
from goodstanding.scorecard.fitting.seen_range import seen_ends, with_seen
from goodstanding.scorecard.fitting.selection import Periods, select
from goodstanding.scorecard.fitting.settings import Settings, floor_of_bads
from goodstanding.scorecard.fitting.whole_table import Finished, Rounding, TableTerms, finish, influences, terms_of
from goodstanding.scorecard.outcomes import read_bads
from goodstanding.scorecard.table.points_table import Decision, Influence, PointsTable, Warned


@dataclass(frozen=True)
class Fit:
    """A points table, the same without the caps, and the record: decisions, influence, AUC, warnings.

    `auc_uncapped` and `auc` are over the development sample, of integer points both; `limits` are those of attributes,
    the floor of bads among them.
    """

    table: PointsTable
    uncapped: PointsTable
    decisions: tuple[Decision, ...]
    influence: tuple[Influence, ...]
    rounding: Rounding
    limits: GroupLimits
    auc: float
    auc_uncapped: float
    warnings: tuple[Warned, ...] = ()


def fit_table(
    values: Mapping[str, NDArray[Any]],
    bad: ArrayLike,
    weight: Floats,
    settings: Settings,
    periods: Periods | None = None,
) -> Fit:
    """Fit a points table on n values a characteristic: float64 with NaN, or objects of text with None.

    `bad` and `weight` have n elements; both goods and bads must have weight. `periods` are slices of time, for
    stability. Characteristics stand on the table as they are given; in another order they have the same points.
    Raises BadInput for a characteristic that is the outcome over again and is not allowed.
    """
    outcome = read_bads(bad)
    settings = _with_floor(settings, float(weight[outcome].sum()), float(weight.sum()))
    with _threads().limit(limits=1, user_api="blas"):
        prepared, decisions = prepare(values, outcome, weight, settings)
        leaks = found_leaks(prepared)
        check_leaks(leaks, prepared, settings)
        # One is learned after another, so the order must not be that of the columns.
        prepared = prepared.by_content()
        fit = _fit(prepared, decisions, settings, periods)

    ends = seen_ends(values, weight, settings.special)

    def finished(table: PointsTable) -> PointsTable:
        return with_seen(_as_given(table, values), ends)

    table = finished(fit.table)
    warnings = (*leaks, *likely_codes(values, weight, settings.special), *against_rates(table))
    return replace(fit, table=table, uncapped=finished(fit.uncapped), warnings=warnings)


def _with_floor(settings: Settings, bads: float, people: float) -> Settings:
    """The settings with the least number of bads in an attribute that was asked for, or that the sample asks for."""
    if settings.limits.min_bads is not None:
        return settings
    return replace(settings, limits=replace(settings.limits, min_bads=floor_of_bads(bads, people)))


def _as_given(table: PointsTable, values: Mapping[str, object]) -> PointsTable:
    """The table with its characteristics in the order of the values."""
    place = {name: number for number, name in enumerate(values)}
    return structs.replace(table, characteristics=tuple(sorted(table.characteristics, key=lambda one: place[one.name])))


@cache
def _threads() -> ThreadpoolController:
    """The matrices are small: more threads would wait for each other longer than they help."""
    return ThreadpoolController()


def _fit(prepared: Prepared, decisions: list[Decision], settings: Settings, periods: Periods | None) -> Fit:
    prepared, dropped = select(prepared, settings, periods)
    prepared = prepared.condensed()
    additive = fit_additive(prepared, settings)
    design = additive.design(prepared)
    honest = crossfit(prepared, additive, design, settings)
    crosses = fit_crosses(prepared, additive, design, settings, honest.unseen_log_odds)
    terms = terms_of(prepared, design, crosses, honest.believed, settings)
    fitted = _Fitted(prepared, additive, design, crosses, honest)
    free = finish(terms, prepared, settings.scale, None)
    capped = free if settings.influence is None else finish(terms, prepared, settings.scale, settings.influence)
    uncapped = fitted.table(free, settings)
    return Fit(
        table=uncapped if capped is free else fitted.table(capped, settings),
        uncapped=uncapped,
        decisions=(*decisions, *dropped, *fitted.unweighted(capped)),
        influence=_influence(terms, prepared, free, capped, settings),
        rounding=capped.rounding,
        limits=settings.limits,
        auc=capped.rounding.auc_after,
        auc_uncapped=free.rounding.auc_after,
    )


@dataclass(frozen=True)
class _Fitted:
    """What was learned, before it is points."""

    prepared: Prepared
    additive: Additive
    design: Design
    crosses: tuple[CrossFit, ...]
    honest: Crossfit

    @property
    def crossed(self) -> frozenset[int]:
        """The characteristics that are in a cross, by number."""
        return frozenset(j for cross in self.crosses for j in (cross.row, cross.column))

    def unweighted(self, finished: Finished) -> list[Decision]:
        """The characteristics that earned no points."""
        return [
            Decision(name, "no_weight", round(information_of(self.additive.groupings[j], self.prepared.counted[j]), 4))
            for j, name in enumerate(self.prepared.names)
            if not finished.points[j].any() and j not in self.crossed
        ]

    def table(self, finished: Finished, settings: Settings) -> PointsTable:
        """The points as a table."""
        scale, names = settings.scale, self.prepared.names
        cells = finished.points[len(names) :]
        own = own_variances(self.prepared, self.design, finished.log_odds)
        variances = [share * alone for share, alone in zip(self.honest.variance, own, strict=True)]
        return PointsTable(
            base=finished.base,
            range=scale.range,
            base_score=scale.base_score,
            base_odds=scale.base_odds,
            points_to_double=scale.points_to_double,
            characteristics=assembled(self.prepared, self.additive, finished, variances, self.crossed, settings),
            crosses=tuple(
                cross.written(names, points, settings) for cross, points in zip(self.crosses, cells, strict=True)
            ),
        )


def _influence(
    terms: TableTerms, prepared: Prepared, free: Finished, capped: Finished, settings: Settings
) -> tuple[Influence, ...]:
    """Each dimension's influence in percent: as allowed, as first fitted, on the card."""
    greatest = settings.influence or {}
    names = tuple(dict.fromkeys([*greatest, *terms.dimension]))
    if not any(names):
        return ()
    caps = Caps(terms.dimension, dict.fromkeys(names, 1.0))
    before, after = (influences(terms, finished, prepared, caps) for finished in (free, capped))
    return tuple(
        Influence(name, 100 * greatest.get(name, 1.0), round(100 * before[name], 1), round(100 * after[name], 1))
        for name in names
    )
