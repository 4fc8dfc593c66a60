"""Fitting a card: attributes, weights, caps, scaling, validation."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass

import numpy as np
from numpy.typing import NDArray

from goodstanding.errors import NotReady
from goodstanding.months import Month
from goodstanding.programmes import Definition, Programme
from goodstanding.scorecard.binning import CREDIBILITY, Binning, bin_values
from goodstanding.scorecard.card import Attribute, Card, CardCharacteristic, Decision, Influence, keep_card
from goodstanding.scorecard.influence import capped, deviation, shares
from goodstanding.scorecard.logistic import fit_logistic
from goodstanding.scorecard.sample import Sample, development_sample
from goodstanding.scorecard.validation import Discrimination, discrimination
from goodstanding.store import Workspace
from goodstanding.wording import tr

LEAST_INFORMATION = 0.02
LEAST_OF_EACH = 10
# Without a month given, the first outcomes up to this share train and the later ones test.
TRAIN_SHARE = 0.7


@dataclass(frozen=True)
class Fitted:
    """A card with its validation in sample and out of time (None where too few came later), and without the caps."""

    card: Card
    in_sample: Discrimination
    out_of_time: Discrimination | None
    uncapped_in_sample: Discrimination
    uncapped_out_of_time: Discrimination | None


def fit_card(definition: Definition, sample: Sample, train_until: Month | None = None) -> Fitted:
    """Fit a programme's card on the outcomes decided by the end of `train_until`; test it on the later ones.

    Raises NotReady with fewer than LEAST_OF_EACH goods or bads to learn from.
    """
    until = str(train_until) if train_until else _default_until(sample)
    early = sample.decided <= until
    train, later = sample.where(early), sample.where(~early)
    if min(train.bads, len(train) - train.bads) < LEAST_OF_EACH:
        raise NotReady(
            tr("outcomes until {month}", month=until),
            tr("{good} good and {bad} bad", good=len(train) - train.bads, bad=train.bads),
            tr("at least {n} of each", n=LEAST_OF_EACH),
            tr("Train until a later month, ingest more outcomes, or score with the expert card."),
        )
    fit = _Fit.of(definition.programme, train)
    in_sample = discrimination(_total(fit.card_points(train)), train.bad)
    assert in_sample is not None  # noqa: S101 - both classes were counted above
    free = discrimination(fit.free_total(train), train.bad)
    assert free is not None  # noqa: S101
    out_of_time = discrimination(_total(fit.card_points(later)), later.bad)
    validation = {"in_sample": in_sample, "out_of_time": out_of_time}
    card = Card(
        programme=definition.programme.name,
        programme_version=definition.programme.version,
        programme_digest=definition.digest,
        method="logistic",
        base=fit.base,
        range=definition.programme.range,
        characteristics=fit.characteristics,
        decisions=fit.decisions,
        influence=fit.influence(train),
        train_until=until,
        sample={
            "train": len(train),
            "train_bad": train.bads,
            "later": len(later),
            "later_bad": later.bads,
            **sample.left_out,
        },
        validation={key: _figures(found) for key, found in validation.items() if found},
    )
    return Fitted(card, in_sample, out_of_time, free, discrimination(fit.free_total(later), later.bad))


def learn_card(workspace: Workspace, definition: Definition, train_until: Month | None = None) -> Fitted:
    """Fit a programme's card on the workspace's outcomes and keep it as the latest. Raises NotReady."""
    fitted = fit_card(definition, development_sample(workspace, definition.programme), train_until)
    with workspace.change() as change:
        keep_card(change, fitted.card)
    return fitted


def _default_until(sample: Sample) -> str:
    """The month by which TRAIN_SHARE of the outcomes had been decided."""
    if not len(sample):
        return ""
    return str(sample.decided[min(len(sample) - 1, int(TRAIN_SHARE * len(sample)))])


def _figures(found: Discrimination) -> dict[str, float | int]:
    return {key: value for key, value in asdict(found).items() if not isinstance(value, tuple)} | {
        "auc_low": found.auc_interval[0],
        "auc_high": found.auc_interval[1],
    }


def _total(points: Mapping[str, NDArray[np.float64]]) -> NDArray[np.float64]:
    return np.sum(list(points.values()), axis=0)


@dataclass(frozen=True)
class _Fit:
    """The parts of a fit: attributes, and for each characteristic its coefficient before and after the caps."""

    programme: Programme
    binnings: Mapping[str, Binning]
    free: Mapping[str, float]
    held: Mapping[str, float]
    base: int
    characteristics: tuple[CardCharacteristic, ...]
    decisions: tuple[Decision, ...]

    @classmethod
    def of(cls, programme: Programme, train: Sample) -> "_Fit":
        binnings, decisions = _select(programme, train)
        weights = {name: binning.weights_of(train.values[name]) for name, binning in binnings.items()}
        free = _coefficients(weights, train)
        decisions += [
            Decision(name, "no_weight", round(binnings[name].information_value, 4))
            for name, beta in free.items()
            if beta == 0
        ]
        free = {name: beta for name, beta in free.items() if beta > 0}
        held = _hold(programme, free, weights)
        # One slope for all: the caps changed the spread of the sum, this sets its odds right again.
        total = _total({name: beta * weights[name] for name, beta in held.items()}) if held else np.zeros(len(train))
        intercept, slope = fit_logistic(total[:, None], ~train.bad)
        factor = programme.scale.points_to_double / np.log(2)
        held = {name: beta * float(slope[0]) * factor for name, beta in held.items()}
        base = programme.scale.base_score + factor * (intercept - np.log(programme.scale.base_odds))
        characteristics = tuple(
            _characteristic(programme, name, binnings[name], beta, train.values[name]) for name, beta in held.items()
        )
        return cls(programme, binnings, free, held, round(base), characteristics, tuple(decisions))

    def card_points(self, sample: Sample) -> dict[str, NDArray[np.float64]]:
        """Each characteristic's integer points over a sample."""
        found = {"": np.zeros(len(sample))}
        for characteristic in self.characteristics:
            values = sample.values[characteristic.name]
            points = np.array([attribute.points for attribute in characteristic.attributes], dtype=np.float64)
            attribute = np.searchsorted(self.binnings[characteristic.name].cuts, np.nan_to_num(values), side="right")
            found[characteristic.name] = np.where(np.isnan(values), 0.0, points[attribute])
        return found

    def free_total(self, sample: Sample) -> NDArray[np.float64]:
        """The score without caps and rounding, over a sample."""
        return np.sum([np.zeros(len(sample)), *self._free_parts(sample).values()], axis=0)

    def _free_parts(self, sample: Sample) -> dict[str, NDArray[np.float64]]:
        """Each characteristic's part of that, in log-odds."""
        return {name: beta * self.binnings[name].weights_of(sample.values[name]) for name, beta in self.free.items()}

    def influence(self, sample: Sample) -> tuple[Influence, ...]:
        """Each dimension's influence as allowed, as first fitted, and on the card."""
        parts = (self._free_parts(sample), self.card_points(sample))
        free, card = (shares(_deviations(self.programme, part)) for part in parts)
        return tuple(
            Influence(d.name, d.greatest_influence, round(100 * free[d.name], 1), round(100 * card[d.name], 1))
            for d in self.programme.dimensions
        )


def _select(programme: Programme, train: Sample) -> tuple[dict[str, Binning], list[Decision]]:
    """The characteristics that tell something, cut into attributes; and why the others are left out."""
    binnings: dict[str, Binning] = {}
    decisions: list[Decision] = []
    for characteristic in programme.characteristics:
        values = train.values[characteristic.name]
        if np.isnan(values).all():
            decisions.append(Decision(characteristic.name, "no_data"))
            continue
        binning = bin_values(values, train.bad, higher_is_better=characteristic.better == "higher")
        value = round(binning.information_value, 4)
        if not len(binning.cuts):
            decisions.append(Decision(characteristic.name, "one_attribute", value))
        elif value < LEAST_INFORMATION:
            decisions.append(Decision(characteristic.name, "low_information", value))
        else:
            binnings[characteristic.name] = binning
    return binnings, decisions


def _coefficients(weights: Mapping[str, NDArray[np.float64]], train: Sample) -> dict[str, float]:
    """Each characteristic's coefficient, rounded so that the last bits of an optimiser do not make another card."""
    if not weights:
        return {}
    _, beta = fit_logistic(np.column_stack(list(weights.values())), ~train.bad)
    return {name: round(float(value), 6) for name, value in zip(weights, beta, strict=True)}


def _deviations(programme: Programme, points: Mapping[str, NDArray[np.float64]]) -> dict[str, float]:
    """Each dimension's mean absolute deviation."""
    parts: dict[str, list[NDArray[np.float64]]] = {dimension.name: [] for dimension in programme.dimensions}
    for name, values in points.items():
        if name:
            parts[programme.characteristic(name).dimension].append(values)
    return {dimension: deviation(np.sum(found, axis=0)) if found else 0.0 for dimension, found in parts.items()}


def _hold(
    programme: Programme, free: Mapping[str, float], weights: Mapping[str, NDArray[np.float64]]
) -> dict[str, float]:
    """Coefficients scaled by dimension so that none has more than its greatest influence."""
    found = shares(_deviations(programme, {name: beta * weights[name] for name, beta in free.items()}))
    target = capped(found, {d.name: d.greatest_influence / 100 for d in programme.dimensions})
    scale = {key: target[key] / share if share else 0.0 for key, share in found.items()}
    return {name: beta * scale[programme.characteristic(name).dimension] for name, beta in free.items()}


def _characteristic(
    programme: Programme, name: str, binning: Binning, beta: float, values: NDArray[np.float64]
) -> CardCharacteristic:
    """A characteristic of the card; `beta` is points for a unit of weight of evidence."""
    points = np.rint(beta * binning.weight).astype(int)
    average = binning.bads.sum() / binning.count.sum()
    bads = binning.bads + CREDIBILITY * average
    goods = binning.count - binning.bads + CREDIBILITY * (1 - average)
    sampling = np.rint(beta**2 * (1 / bads + 1 / goods)).astype(int)
    mean = np.average(points, weights=binning.count)
    spread = np.average((points - mean) ** 2, weights=binning.count)
    bounds = [None, *(float(cut) for cut in binning.cuts)]
    return CardCharacteristic(
        name=name,
        dimension=programme.characteristic(name).dimension,
        attributes=tuple(
            Attribute(
                bounds[i],
                int(points[i]),
                int(binning.count[i]),
                int(binning.bads[i]),
                round(float(binning.weight[i]), 4),
                int(sampling[i]),
            )
            for i in range(len(points))
        ),
        # Not knowing leaves no less open than the least certain thing that could be known.
        missing_variance=max(round(float(spread)), int(sampling.max())),
        information_value=round(binning.information_value, 4),
        missing=int(np.isnan(values).sum()),
    )
