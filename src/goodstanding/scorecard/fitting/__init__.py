"""From a sample to a points table: boosting or logistic regression, under a programme's constraints."""

from goodstanding.scorecard.fitting.settings import UNBOUND, Method, Scale, Selection, Settings, Unknown
from goodstanding.scorecard.fitting.whole_fit import Fit, Rounding, fit_table

__all__ = ["UNBOUND", "Fit", "Method", "Rounding", "Scale", "Selection", "Settings", "Unknown", "fit_table"]
