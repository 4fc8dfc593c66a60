"""Learning a programme's card from a workspace's outcomes."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from typing import Literal

import msgspec
import numpy as np
from numpy.typing import NDArray

from goodstanding.cards.card import Card, card_ceilings, save_card
from goodstanding.cards.development_sample import Sample, development_sample, why_left_out
from goodstanding.cards.held_out import held_out_totals, sample_total
from goodstanding.errors import NotReady
from goodstanding.months import Month
from goodstanding.programmes import Definition, Programme
from goodstanding.scorecard.binning import GroupLimits, TrendConstraint
from goodstanding.scorecard.fitting import Fit, Method, Scale, Selection, Settings, fit_table
from goodstanding.scorecard.parameter_checks import check_known
from goodstanding.scorecard.table import chance_of_bad, clipped
from goodstanding.scorecard.validation import (
    Calibration,
    Cutoff,
    Discrimination,
    calibration,
    cutoff_table,
    discrimination,
    score_stability,
)
from goodstanding.store import Workspace
from goodstanding.wording import tr

METHOD: Method = "boosted"
LIMITS = GroupLimits(min_share=0.03, min_bads=None, max_attributes=8, rare=True)
LEAST_INFORMATION = 0.02
LEAST_OF_EACH = 10
# Without a month given, the first outcomes up to this share train and the later ones test.
TRAIN_SHARE = 0.7


@dataclass(frozen=True)
class Fitted:
    """A card with its validation in sample and out of time, or cross-fitted where too few came later, and without caps.

    Calibration and cut-offs (one for each band) are out of time or cross-fitted, with `folds` parts of the people;
    stability (PSI of the score, from the training sample) is out of time. All are None, and cut-offs empty, where there
    are not two people of each outcome to test on.
    """

    card: Card
    in_sample: Discrimination
    out_of_time: Discrimination | None
    uncapped_in_sample: Discrimination
    uncapped_out_of_time: Discrimination | None
    calibration: Calibration | None
    cutoffs: tuple[Cutoff, ...]
    stability: float | None
    cross_fitted: Discrimination | None = None
    uncapped_cross_fitted: Discrimination | None = None
    folds: int | None = None

    @property
    def tested(self) -> Literal["out_of_time", "cross_fitted"] | None:
        """What the card was tested by; None where nothing could."""
        if self.out_of_time is not None:
            return "out_of_time"
        return None if self.cross_fitted is None else "cross_fitted"


def learn_card(
    workspace: Workspace, definition: Definition, train_until: Month | None = None, allowed_leaks: Sequence[str] = ()
) -> Fitted:
    """Fit a programme's card on the workspace's outcomes and keep it as the latest.

    Raises NotReady; BadInput for a characteristic that is the outcome over again and not allowed, and for an allowed
    name that is none of the programme's.
    """
    fitted = fit_card(definition, development_sample(workspace, definition.programme), train_until, allowed_leaks)
    with workspace.stage() as staging:
        save_card(staging, fitted.card)
    return fitted


def fit_card(
    definition: Definition, sample: Sample, train_until: Month | None = None, allowed_leaks: Sequence[str] = ()
) -> Fitted:
    """Fit a programme's card on the outcomes decided by the end of `train_until`; test it on the later ones.

    Where the later ones are too few to test on, it is tested by cross-fitting on those that it learned from.

    Raises NotReady with fewer than LEAST_OF_EACH goods or bads to learn from; BadInput for a characteristic that is the
    outcome over again and not among `allowed_leaks`, and for an allowed name that is none of the programme's.
    """
    until = str(train_until) if train_until else _default_until(sample)
    early = sample.decided <= until
    train, later = sample.where(early), sample.where(~early)
    programme = definition.programme
    if min(train.bads, len(train) - train.bads) < LEAST_OF_EACH:
        raise _too_few(programme, train, until)
    check_known("--allow-leak", dict.fromkeys(allowed_leaks), [c.name for c in programme.characteristics])
    settings = replace(programme_settings(programme), allowed_leaks=frozenset(allowed_leaks))
    fit = fit_table(train.values, train.bad, np.ones(len(train)), settings)
    before, after = sample_total(fit.table, train), sample_total(fit.table, later)
    in_sample, out_of_time = _discrimination(before, train), _discrimination(after, later)
    uncapped_in_sample = _discrimination(sample_total(fit.uncapped, train), train)
    assert in_sample is not None  # noqa: S101 - both classes were counted above
    assert uncapped_in_sample is not None  # noqa: S101
    apart = None if out_of_time else held_out_totals(train, settings)
    cross_fitted = None if apart is None else _discrimination(apart.total, train)
    card = _with_record(_card(definition, fit, settings.method), until, train, later)
    total, test = (after, later) if apart is None else (apart.total, train)
    tested = out_of_time is not None or cross_fitted is not None
    found = {"in_sample": in_sample, "out_of_time": out_of_time, "cross_fitted": cross_fitted}
    validation = {key: _figures(figures) for key, figures in found.items() if figures}
    if apart is not None and cross_fitted is not None:
        validation["cross_fitted"]["folds"] = apart.folds
    return Fitted(
        card=msgspec.structs.replace(card, validation=validation),
        in_sample=in_sample,
        out_of_time=out_of_time,
        uncapped_in_sample=uncapped_in_sample,
        uncapped_out_of_time=_discrimination(sample_total(fit.uncapped, later), later),
        calibration=calibration(chance_of_bad(card, total), test.bad) if tested else None,
        cutoffs=cutoff_table(clipped(card, total), test.bad, [band.least for band in programme.bands])
        if tested
        else (),
        stability=score_stability(clipped(card, before), clipped(card, after)) if out_of_time else None,
        cross_fitted=cross_fitted,
        uncapped_cross_fitted=None if apart is None else _discrimination(apart.uncapped, train),
        folds=None if apart is None else apart.folds,
    )


def _too_few(programme: Programme, train: Sample, until: str) -> NotReady:
    found = tr("{good} good and {bad} bad", good=len(train) - train.bads, bad=train.bads)
    why = [f"{why_left_out(programme, reason)} {n:,}" for reason, n in train.left_out.items()]
    return NotReady(
        where=tr("outcomes until {month}", month=until),
        found=tr("{found}, besides outcomes left out ({reasons})", found=found, reasons=" ".join(why))
        if why
        else found,
        expected=tr("at least {n} of each", n=LEAST_OF_EACH),
        do=tr("Train until a later month, ingest more outcomes, or score with the expert card."),
    )


def programme_settings(programme: Programme) -> Settings:
    """What a programme asks of a fit: the direction it declares for each characteristic, its caps, its scale."""
    falls: dict[str, TrendConstraint] = {"higher": "descending", "lower": "ascending"}
    return Settings(
        method=METHOD,
        limits=LIMITS,
        scale=Scale(
            float(programme.scale.base_score),
            programme.scale.base_odds,
            float(programme.scale.points_to_double),
            programme.range,
        ),
        trends={c.name: falls[c.better] for c in programme.characteristics},
        dimensions={c.name: c.dimension for c in programme.characteristics},
        influence={d.name: d.greatest_influence / 100 for d in programme.dimensions},
        selection=Selection(least_information=LEAST_INFORMATION),
        unknown="average",
        leaks_by="option",
    )


def _default_until(sample: Sample) -> str:
    """The month by which TRAIN_SHARE of the outcomes had been decided."""
    if not len(sample):
        return ""
    return str(sample.decided[min(len(sample) - 1, int(TRAIN_SHARE * len(sample)))])


def _card(definition: Definition, fit: Fit, method: Method) -> Card:
    return Card(
        **msgspec.structs.asdict(fit.table),
        programme=definition.programme.name,
        programme_version=definition.programme.version,
        programme_digest=definition.digest,
        method=method,
        ceilings=card_ceilings(definition.programme),
        decisions=fit.decisions,
        warnings=fit.warnings,
        limits={"min_share": fit.limits.min_share, "min_bads": fit.limits.min_bads or 0.0},
        influence=fit.influence,
        rounding={key: round(value, 4) for key, value in asdict(fit.rounding).items()},
    )


def _with_record(card: Card, until: str, train: Sample, later: Sample) -> Card:
    """The card with its sample."""
    return msgspec.structs.replace(
        card,
        train_until=until,
        sample={
            "train": len(train),
            "train_bad": train.bads,
            "later": len(later),
            "later_bad": later.bads,
            **train.left_out,
        },
    )


def _discrimination(total: NDArray[np.int64], sample: Sample) -> Discrimination | None:
    return discrimination(total.astype(np.float64), sample.bad)


def _figures(found: Discrimination) -> dict[str, float | int]:
    return {key: value for key, value in asdict(found).items() if not isinstance(value, tuple)} | {
        "auc_low": found.auc_interval[0],
        "auc_high": found.auc_interval[1],
    }
