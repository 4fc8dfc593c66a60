"""An expert card that contradicts itself or its programme is refused with its file and characteristic."""

from collections.abc import Callable

import pytest

from goodstanding.errors import BadProgramme
from goodstanding.programmes import load_programme

Variant = Callable[..., str]


OTHERS = """
active_months_12m = { cuts = [6], points = [0, 25] }
income_months_12m = { cuts = [6], points = [0, 20] }
months_on_file = { cuts = [12], points = [0, 15] }
counterparties_6m = { cuts = [1], points = [0, 5] }
"""


def card(cuts: str = "[0.7]", points: str = "[0, 35]", name: str = "dues_kept_12m", top: str = "base = 600") -> str:
    """A card with a line for each dimension, each as wide as its greatest influence; the first is given."""
    return f"{top}\n[characteristics]\n{name} = {{ cuts = {cuts}, points = {points} }}{OTHERS}"


@pytest.mark.parametrize(
    ("expert", "field"),
    [
        pytest.param(card("[0.7, 0.9]", "[0, 35]"), "dues_kept_12m", id="too few points"),
        pytest.param(card("[0.7]", "[0, 5, 35]"), "dues_kept_12m", id="too many points"),
        pytest.param(card("[]", "[]"), "dues_kept_12m", id="no points"),
        pytest.param(card("[0.9, 0.7]", "[0, 5, 35]"), "dues_kept_12m", id="falling cuts"),
        pytest.param(card("[0.7, 0.7]", "[0, 5, 35]"), "dues_kept_12m", id="a cut twice"),
        pytest.param(card("[nan]"), "dues_kept_12m", id="a cut that is no number"),
        pytest.param(card("[0.7, inf]", "[0, 5, 35]"), "dues_kept_12m", id="a cut without end"),
        pytest.param(card("[0.7]", "[35, 0]"), "dues_kept_12m", id="fewer points for more where higher is better"),
        pytest.param(card("[1]", "[0, 35]", "unpaid_dues_24m"), "unpaid_dues_24m", id="more points for more unpaid"),
        pytest.param(card("[0.7]", "[0, 2.5]"), "points", id="half points"),
        pytest.param(card("['low']"), "cuts", id="a text as a cut"),
        pytest.param(card(name="dues_kissed_12m"), "dues_kissed_12m", id="an unknown characteristic"),
        pytest.param(card(top='base = "600"'), "base", id="a base that is a text"),
        pytest.param(card(top="base = 600\nbonus = 5"), "bonus", id="an unknown key"),
        pytest.param(card(top=""), "base", id="no base"),
        pytest.param("base = ", "", id="no TOML"),
    ],
)
def test_an_expert_card_is_refused_for(expert: str, field: str, variant: Variant) -> None:
    with pytest.raises(BadProgramme, match=rf"expert\.toml.*{field}"):
        load_programme(variant(expert=expert))


@pytest.mark.parametrize("points", ["[0, 0, 35]", "[-35, -7, 0]", "[-10, 25, 25]"])
def test_points_that_do_not_fall_are_taken(points: str, variant: Variant) -> None:
    assert load_programme(variant(expert=card("[0.7, 0.9]", points))).expert is not None


def test_a_programme_may_have_no_expert_card(variant: Variant) -> None:
    assert load_programme(variant()).expert is None


def test_the_digest_is_of_the_programme_whatever_its_expert_card_says(variant: Variant) -> None:
    one = load_programme(variant(expert=card())).digest
    other_card = load_programme(variant(expert=card(points="[1, 36]"))).digest
    other_day = load_programme(variant(("day = 6", "day = 7"), expert=card())).digest
    assert one == other_card != other_day
