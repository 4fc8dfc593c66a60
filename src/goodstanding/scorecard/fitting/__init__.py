"""From a sample to a points table: boosting or logistic regression, under a programme's constraints."""

from goodstanding.scorecard.fitting.fit import Fit, Rounding, fit_table
from goodstanding.scorecard.fitting.settings import UNBOUND, Method, Scale, Selection, Settings, Unknown

__all__ = ["UNBOUND", "Fit", "Method", "Rounding", "Scale", "Selection", "Settings", "Unknown", "fit_table"]
