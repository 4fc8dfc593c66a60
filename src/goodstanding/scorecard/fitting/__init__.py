"""From a sample to a points table: boosting or logistic regression, under a programme's constraints."""

from goodstanding.scorecard.fitting.fit import Fit, Rounding, fit_table
from goodstanding.scorecard.fitting.settings import Method, Scale, Selection, Settings, Unknown

__all__ = ["Fit", "Method", "Rounding", "Scale", "Selection", "Settings", "Unknown", "fit_table"]
