"""The fixtures of `scored.py`, for the tests of this folder."""

from tests.scoring.scored import (  # noqa: F401 - fixtures
    add,
    add_to,
    after,
    card,
    last,
    pristine_village,
    room_of,
    rows_of,
    shuffled_town,
    town_rows,
    village,
)
