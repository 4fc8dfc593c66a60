"""The table on paper: added up by hand, line by line, it is the score."""

from typing import TypeAlias

import numpy as np
import pandas as pd

from goodstanding.scorecard import Scorecard
from goodstanding.scorecard.table import attribute_numbers, label

People: TypeAlias = tuple[pd.DataFrame, np.ndarray]


def test_the_lines_that_a_person_is_in_add_up_to_the_total(card: Scorecard, newcomers: pd.DataFrame) -> None:
    paper = card.table()
    on_line = {
        (line["characteristic"], line["attribute"]): int(line["points"]) for line in paper.to_dict(orient="records")
    }
    assert len(on_line) == len(paper)
    _, columns = card._scoring(newcomers)  # noqa: SLF001 - the values as the card reads them
    places = {c.name: attribute_numbers(c, columns[c.name]) for c in card.table_.characteristics}
    words = {c.name: [label(c, number) for number in range(len(c.all_attributes))] for c in card.table_.characteristics}
    least, greatest = card.table_.range
    for row, total in enumerate(card.total(newcomers).tolist()):
        said = {name: words[name][int(numbers[row])] for name, numbers in places.items()}
        own = sum(on_line.get((name, attribute), 0) for name, attribute in said.items())
        crossed = sum(
            on_line.get((cross.name, f"{said[cross.row]} x {said[cross.column]}"), 0) for cross in card.table_.crosses
        )
        assert min(max(card.table_.base + own + crossed, least), greatest) == total


def test_a_cell_says_no_counts_since_the_card_has_none(card: Scorecard) -> None:
    paper = card.table()
    cells = paper[paper["characteristic"].isin([cross.name for cross in card.table_.crosses])]
    assert len(cells)
    assert cells["points"].ne(0).all()
    assert cells[["count", "bad_rate", "weight_of_evidence"]].isna().all(axis=None)
