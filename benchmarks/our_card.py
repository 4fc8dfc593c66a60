"""Our card as a lender would fit it, told in the way that the peers' are."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
import peers
from numpy.typing import NDArray

from goodstanding.scorecard import Scorecard

MOST_ATTRIBUTES = 8


def ours(asked: Mapping[str, Any]) -> peers.FitPredict:
    """A card of at most 8 attributes each, with these settings; a trend is asked of every number."""

    def fit_predict(train: pd.DataFrame, bad: NDArray[np.int64], test: pd.DataFrame) -> peers.Graded:
        settings = dict(asked)
        if "trends" in asked:
            settings["trends"] = dict.fromkeys(train.select_dtypes("number"), asked["trends"])
        # No total is cut off at an end of the range: equal ones would count as alike.
        card = Scorecard(max_attributes=MOST_ATTRIBUTES, score_range=(-100_000, 100_000), **settings).fit(train, bad)
        return peers.Graded(-card.total(test).astype(np.float64), card.chance_of_bad(test))

    return fit_predict
