"""A scorecard as a scikit-learn classifier."""

# scikit-learn carries no types.
# pyright: reportUnknownVariableType=false, reportUnknownArgumentType=false

from collections.abc import Mapping, Sequence
from typing import Any, Literal, cast

import msgspec
import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, ClassifierMixin, clone
from sklearn.utils import Tags
from sklearn.utils.validation import check_is_fitted, check_random_state, column_or_1d, validate_data

from goodstanding import __version__
from goodstanding.errors import BadInput
from goodstanding.scorecard import frames, table
from goodstanding.scorecard.binning import TrendConstraint
from goodstanding.scorecard.constraints import SampleColumns, asked_forbidden, check_caps
from goodstanding.scorecard.fitting import Fit, Method, Unknown, fit_table
from goodstanding.scorecard.outcomes import Outcomes, known_values, plain_array, read_labels, read_outcomes
from goodstanding.scorecard.parameters import (
    Parameters,
    check_binary,
    check_both,
    check_lengths,
    slices_of,
    validated,
    weights_of,
)
from goodstanding.scorecard.table import PointsTable, Reason
from goodstanding.wording import tr


class Scorecard(ClassifierMixin, BaseEstimator):
    """Additive integer points for good and bad: a table that fits on paper.

    Parameters (a characteristic is a column of X; the columns of an array are x0, x1, ..., or 0, 1, ...):
        bad: the outcome, or a list of the outcomes, that mean bad; every other one is good. Of 0 and 1, or false and
            true, the greater is bad unless it says otherwise; of all other outcomes it has to say.
        method: "boosted" (additive boosting condensed to attributes) or "logistic" (on weights of evidence).
        trends: how the bad rate goes as a characteristic rises: "auto", "monotone", "ascending", "descending",
            "peak", "valley" or "none", for all or by characteristic. "auto" takes the simplest that tells as much.
            Any other is held in the points, or refused: of text it takes a category whose levels have an order.
        min_share: least share of the sample's weight in an attribute of a range or of levels, 0 to 0.5; "auto" is 0.01.
        min_bads: least number of bads in an attribute; above 0, logistic attributes have a good and a bad each. "auto"
            is 5, less where there are under 50 bads, and 0 where a fifth or more are bad. With both "auto" an attribute
            may have less if it has 15 people and its rate is 4 standard deviations off the average.
        max_attributes: most attributes of a characteristic, missing and special values included.
        special_values: values that are attributes of their own, for all or by characteristic; of text the number 7
            is the level "7", of numbers the text "7" is the number.
        score_range: least and greatest score, in points.
        points_to_double: points that double the odds.
        base_score, base_odds: the score, in points, that means so many goods for each bad.
        dimensions: the dimension of a characteristic.
        influence: greatest share (0 to 1) of a dimension in all influence, the mean absolute deviation of points.
        forbidden: characteristics that must not be used; none of their values is read.
        unknown: "attribute" learns points for what is missing, "average" gives it 0 points, the average's.
        crosses: most two-way tables, 0 to 3; characteristics with a trend asked are in none.
        least_information: least information value of a characteristic.
        most_correlation: greatest absolute correlation with a characteristic that tells more; None for any.
        most_vif: greatest variance inflation factor; None for any.
        most_psi: greatest population stability index between a slice of time and the whole; None for any. Takes
            `periods` beside X.
        random_state: seed of the folds that boosting learns when to stop from.
        allowed_leaks: characteristics that may be the outcome over again. Any other that is (an information value of
            about 4 or more, chance allowed for) is refused; below 400 rows it is told in `warnings_`.

    A row's weight says how many like it there are: rows of weight 0 are not there; weights that are not counts are best
    scaled to a mean of 1. Missing is NaN or None; empty text is a level. Infinite values are refused. The level of a
    category is one whatever its type: 1, 1.0 and true are "1". A level of text that is rare (under 5) or was never seen
    is "other". The attributes after `fit` are `table_` (the points), `decisions_` (why characteristics have none),
    `warnings_` (leaks, and values that look like codes), `influence_`, `limits_` (of attributes, the floor of bads
    among them), `rounding_` (what whole points cost), `auc_` and `auc_uncapped_` (over the sample), `classes_` (the
    outcomes in rising order; false and true where there are more than two) and `bad_class_`, which of them is bad.
    """

    classes_: NDArray[Any]
    bad_class_: Any
    n_features_in_: int
    feature_names_in_: NDArray[Any]
    table_: PointsTable

    def __init__(  # noqa: PLR0913 - one each for what a programme may ask
        self,
        *,
        method: Method = "boosted",
        trends: TrendConstraint | Mapping[str, TrendConstraint] = "auto",
        min_share: float | Literal["auto"] = "auto",
        min_bads: float | Literal["auto"] = "auto",
        max_attributes: int = 8,
        special_values: Sequence[float | str] | Mapping[str, Sequence[float | str]] = (),
        score_range: tuple[int, int] = (350, 950),
        points_to_double: float = 40,
        base_score: float = 650,
        base_odds: float = 20,
        dimensions: Mapping[str, str] | None = None,
        influence: Mapping[str, float] | None = None,
        forbidden: Sequence[str] = (),
        unknown: Unknown = "attribute",
        crosses: int = 0,
        least_information: float = 0.0,
        most_correlation: float | None = None,
        most_vif: float | None = None,
        most_psi: float | None = None,
        random_state: int | None = 0,
        bad: object = None,
        allowed_leaks: Sequence[str] = (),
    ) -> None:
        self.method = method
        self.trends = trends
        self.min_share = min_share
        self.min_bads = min_bads
        self.max_attributes = max_attributes
        self.special_values = special_values
        self.score_range = score_range
        self.points_to_double = points_to_double
        self.base_score = base_score
        self.base_odds = base_odds
        self.dimensions = dimensions
        self.influence = influence
        self.forbidden = forbidden
        self.unknown = unknown
        self.crosses = crosses
        self.least_information = least_information
        self.most_correlation = most_correlation
        self.most_vif = most_vif
        self.most_psi = most_psi
        self.random_state = random_state
        self.bad = bad
        self.allowed_leaks = allowed_leaks

    def __sklearn_tags__(self) -> Tags:
        """Two classes; numbers, text and missing values are taken."""
        tags = super().__sklearn_tags__()
        tags.classifier_tags.multi_class = False
        tags.input_tags.allow_nan = True
        tags.input_tags.string = True
        tags.input_tags.categorical = True
        return tags

    def fit(self, X: Any, y: Any, sample_weight: Any = None, *, periods: Any = None) -> "Scorecard":  # noqa: ANN401, N803
        """Fit on n rows of X with outcomes y: 1 or true for bad, or what `bad` names.

        `periods` gives each row's slice of time, for `most_psi`. Raises BadInput, which is a ValueError.
        """
        fitted = cast("Scorecard", clone(self))
        fitted._fit(X, y, sample_weight, periods)  # noqa: SLF001 - a card of its own, so that a refusal changes nothing
        # What is learned ends in an underscore; parameters stay as they were given.
        for name in [name for name in vars(self) if name.endswith("_")]:
            delattr(self, name)
        vars(self).update({name: value for name, value in vars(fitted).items() if name.endswith("_")})
        return self

    def _fit(self, x: Any, y: Any, sample_weight: Any, periods: Any) -> None:  # noqa: ANN401
        columns = self._learning(x)
        found = self._outcomes(y)
        outcome = found.bad
        weight = weights_of(sample_weight, len(outcome))
        slices = None
        if periods is not None:
            labels, number = read_labels(periods, "periods")
            slices = np.array(labels, dtype=object)[number]
        check_lengths(columns.values, outcome, slices)
        present = weight > 0
        if not present.all():
            columns, outcome, weight = columns.where(present), outcome[present], weight[present]
            slices = None if slices is None else slices[present]
        check_both(outcome, weight, found)
        table.check_column_names(self._names())
        asked = Parameters(**{k: v for k, v in self.get_params(deep=False).items() if k != "bad"})
        settings = validated(asked, columns, int(check_random_state(self.random_state).randint(2**31)))
        fit = fit_table(columns.values, outcome, weight, settings, slices_of(slices, self.most_psi))
        check_caps(fit.influence)
        self._keep(fit)

    def chance_of_bad(self, X: Any) -> NDArray[np.float64]:  # noqa: ANN401, N803
        """The chance of bad that the points of each of n rows stand for."""
        rows, columns = self._scoring(X)
        points = table.table_points(self.table_, columns)
        return table.chance_of_bad(self.table_, table.free_total(self.table_, points, rows))

    def predict_proba(self, X: Any) -> NDArray[np.float64]:  # noqa: ANN401, N803
        """The chances of the two `classes_`, n x 2: of good and of bad where outcomes are 0 and 1."""
        bad = self.chance_of_bad(X)
        return np.column_stack([1 - bad, bad] if self._bad_is_second else [bad, 1 - bad])

    def predict(self, X: Any) -> NDArray[Any]:  # noqa: ANN401, N803
        """The likelier class of each row; good where both are as likely."""
        bad = self.chance_of_bad(X) > 0.5  # noqa: PLR2004 - the likelier of two
        return self.classes_[(bad == self._bad_is_second).astype(int)]

    def points(self, X: Any) -> Any:  # noqa: ANN401, N803
        """Whole points, a column for each characteristic (and cross) of the card, in a frame of X's own kind."""
        _, columns = self._scoring(X)
        return frames.frame_of(table.table_points(self.table_, columns), frames.backend_of(X), like=X)

    def total(self, X: Any) -> NDArray[np.int64]:  # noqa: ANN401, N803
        """The score: base and points, held inside the range."""
        rows, columns = self._scoring(X)
        return table.table_totals(self.table_, columns, rows)

    def explain(self, X: Any) -> list[tuple[Reason, ...]]:  # noqa: ANN401, N803
        """Up to four reasons for each row: what lost most to its best attribute."""
        rows, columns = self._scoring(X)
        return table.table_reasons(self.table_, columns) if columns else [()] * rows

    def table(self, backend: str | None = None) -> Any:  # noqa: ANN401
        """The points table as a frame: characteristic, attribute, count, bad rate, weight of evidence, points.

        After the characteristics come the cells of each cross that have points; of them the card knows only these.
        """
        check_is_fitted(self, "table_")
        lines = table.written_lines(self.table_)
        return frames.frame_of(
            {
                "characteristic": [line.name for line in lines],
                "attribute": [line.label for line in lines],
                "count": [line.count for line in lines],
                "bad_rate": [line.bad_rate for line in lines],
                "weight_of_evidence": [line.weight for line in lines],
                "points": [line.points for line in lines],
            },
            backend,
        )

    def outside(self, X: Any) -> Any:  # noqa: ANN401, N803
        """How many of X's rows hold what the card was not developed on, as a frame like X or of the first library.

        Columns: characteristic, outside (rows), share, least_seen and greatest_seen in development, least_found and
        greatest_found in X. What is missing or special is not outside. `outside` is missing where the card does not
        say what was seen: a card of before it did, and levels of which some were rare, as a new one is.
        """
        rows, columns = self._scoring(X)
        found = table.table_outside(self.table_, columns)
        return frames.frame_of(
            {
                "characteristic": list(found),
                "outside": [one.rows for one in found.values()],
                "share": [None if one.rows is None else one.rows / max(rows, 1) for one in found.values()],
                "least_seen": [c.least_seen for c in self.table_.characteristics],
                "greatest_seen": [c.greatest_seen for c in self.table_.characteristics],
                "least_found": [one.least for one in found.values()],
                "greatest_found": [one.greatest for one in found.values()],
            },
            frames.backend_of(X),
        )

    def to_json(self) -> str:
        """The fitted card as text."""
        check_is_fitted(self, "table_")
        document = {
            "goodstanding": __version__,
            "classes": self.classes_.tolist(),
            "bad": self.bad_class_,
            "columns": self._names(),
            "named": hasattr(self, "feature_names_in_"),
            "table": self.table_,
        }
        return msgspec.json.format(msgspec.json.encode(document), indent=1).decode() + "\n"

    @classmethod
    def from_json(cls, text: str) -> "Scorecard":
        """A fitted card from its text. Raises BadInput if that is not one."""
        try:
            document = msgspec.json.decode(text, type=_Document)
        except msgspec.MsgspecError as refused:
            raise BadInput(
                where=tr("card"),
                found=str(refused),
                expected=tr("a card as to_json writes it"),
                do=tr("Write it again."),
            ) from None
        table.check_table(document.table, document.columns)
        if len(document.classes) != 2:  # noqa: PLR2004 - good and bad
            raise BadInput(
                where=tr("card"),
                found=str(document.classes),
                expected=tr("two classes, one of them bad"),
                do=tr("Write it again."),
            )
        # Cards of before it was written had the bad one last.
        bad_class = document.classes[-1] if document.bad is None else document.bad
        if bad_class not in document.classes:
            raise BadInput(
                where=tr("card"),
                found=repr(bad_class),
                expected=tr("two classes, one of them bad"),
                do=tr("Write it again."),
            )
        card = cls(
            score_range=document.table.range,
            points_to_double=document.table.points_to_double,
            base_score=document.table.base_score,
            base_odds=document.table.base_odds,
            bad=None if document.classes == [0, 1] and bad_class == 1 else bad_class,
        )
        mixed = len({isinstance(label, str) for label in document.classes}) > 1
        card.classes_ = np.array(document.classes, dtype=object if mixed else None)
        card.bad_class_ = bad_class
        card.n_features_in_ = len(document.columns)
        if document.named:
            card.feature_names_in_ = np.array(document.columns, dtype=object)
        card.table_ = document.table
        return card

    def to_sql(self, dialect: str = "duckdb", relation: str = "applicants") -> str:
        """A query that adds `points_...` and `score` to every row of a relation, in any dialect that sqlglot writes.

        `relation` is a table, or `schema.table`; a part with a dot or in quotes is put in double quotes. Names are read
        as they are written, case included. Run on DuckDB, PostgreSQL and SQLite in the tests; in the others only read
        again. The relation must not have columns of points and score already. Raises BadInput for a relation or a
        dialect that is none.
        """
        check_is_fitted(self, "table_")
        return table.table_sql(self.table_, self._names(), relation, dialect)

    def to_pmml(self) -> str:
        """The card as a PMML 4.4 Scorecard model: `total`, `score` and four reasons."""
        check_is_fitted(self, "table_")
        return table.table_pmml(self.table_, f"goodstanding {__version__}")

    def _learning(self, x: Any) -> SampleColumns:  # noqa: ANN401
        """The columns of X to learn from; sets what scikit-learn wants known of them."""
        if frames.is_frame(x):
            names = frames.names_of(x)
            # Columns named by their number in an array are those of the array: they have no names of their own.
            given = x if frames.is_numbered(x) else frames.with_names(x, names)
            validate_data(self, given, skip_check_array=True, reset=True)
            wanted = {*names} - asked_forbidden(self.forbidden, names)
            return SampleColumns(names, frames.columns_of(x, names, wanted), frames.orders_of(x, names, wanted))
        array = cast("NDArray[Any]", validate_data(self, frames.array_in(x), dtype=None, ensure_all_finite=False))
        names = self._names()
        wanted = {*names} - asked_forbidden(self.forbidden, names)
        return SampleColumns(names, frames.array_columns(array, names, wanted), {})

    def _scoring(self, x: Any) -> tuple[int, dict[str, NDArray[Any]]]:  # noqa: ANN401
        """How many rows, and the columns that are on the card; more columns than it was fitted on may be there."""
        check_is_fitted(self, "table_")
        card = {c.name: c for c in self.table_.characteristics}
        if frames.is_frame(x):
            x, names = self._as_fitted(x)
            numbers = {name for name, c in card.items() if not c.named}
            rows, found = frames.rows_of(x), frames.columns_of(x, names, card, numbers)
        else:
            array = cast(
                "NDArray[Any]",
                validate_data(self, frames.array_in(x), dtype=None, ensure_all_finite=False, reset=False),
            )
            rows, found = len(array), frames.array_columns(array, self._names(), card)
        return rows, {name: frames.of_kind(card[name], values) for name, values in found.items()}

    def _as_fitted(self, x: Any) -> tuple[Any, list[str]]:  # noqa: ANN401
        """A frame of the columns that the card was fitted on, and their names. Raises BadInput where some are missing.

        Columns are found by name; only those of an array, which have none, by place where the card's have names.
        """
        names, fitted = frames.names_of(x), self._names()
        named = hasattr(self, "feature_names_in_")
        if named and frames.is_numbered(x) and not {*fitted} <= {*names}:
            validate_data(self, x, skip_check_array=True, reset=False)
            return x, fitted
        missing = [name for name in fitted if name not in names]
        if missing and not named:
            raise BadInput(
                where="X",
                found=", ".join(names),
                expected=tr("columns {names}, as the card was fitted on an array", names=", ".join(fitted)),
                do=tr("Name the columns so, or give them as an array."),
            )
        x = frames.with_names(x, names)
        if not named or {*names} > {*fitted}:
            x, names = frames.only(x, fitted), fitted
        if named:
            validate_data(self, x, skip_check_array=True, reset=False)
        return x, names

    def _names(self) -> list[str]:
        names = getattr(self, "feature_names_in_", None)
        return [f"x{j}" for j in range(self.n_features_in_)] if names is None else [str(name) for name in names]

    @property
    def _bad_is_second(self) -> bool:
        return bool(self.classes_[1] == self.bad_class_)

    def _outcomes(self, y: Any) -> Outcomes:  # noqa: ANN401
        """Whether each row is bad, by label; sets `classes_` and which of them is."""
        values = plain_array(y)
        if values.ndim != 1:
            values = column_or_1d(values, warn=True)
        values = known_values("y", values)
        if self.bad is None:
            check_binary(values)
        found = read_outcomes(values, self.bad)
        two = len(found.labels) == 2 and found.bad_labels.sum() == 1  # noqa: PLR2004 - good and bad
        self.classes_ = found.labels if two else np.array([False, True])
        self.bad_class_ = found.labels[found.bad_labels].tolist()[0] if two else True
        return found

    def _keep(self, fit: Fit) -> None:
        self.table_ = fit.table
        self.decisions_ = fit.decisions
        self.warnings_ = fit.warnings
        self.limits_ = fit.limits
        self.influence_ = fit.influence
        self.rounding_ = fit.rounding
        self.auc_ = fit.auc
        self.auc_uncapped_ = fit.auc_uncapped


class _Document(msgspec.Struct):
    classes: list[int | float | str | bool]
    columns: list[str]
    named: bool
    table: PointsTable
    bad: int | float | str | bool | None = None
