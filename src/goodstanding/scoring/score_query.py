"""The one query that scores, for a million people or for one.

It is kept in each run's manifest, step by step: what is measured of a person, what is known, its points, their sum,
the score. It reads two relations: `statements` (those that count as of the month, with their `age`) and `asked`
(person_id).
"""

from goodstanding.cards import Card
from goodstanding.engines import Steps, in_lines, literal, name
from goodstanding.programmes import Programme, characteristics_sql
from goodstanding.scorecard import half_width_sql, points_sql


def scores_sql(programme: Programme, card: Card) -> str:
    """SQL of one row a person: score, low, high, band, not_scored, base, then each characteristic's value and points.

    The score is base plus all points, held inside the range and under the ceilings in force; low and high bound its
    90 % interval; all are NULL where `not_scored` names the coverage rule that does not hold.
    """
    points = [(name("points_" + c.name), points_sql(c)) for c in card.characteristics]
    values = [(name("value_" + c.name), f"CAST({name(c.name)} AS DOUBLE)") for c in programme.characteristics]
    least, most = card.range[0], _most(card)
    total = " + ".join([str(card.base), *(column for column, _ in points)])
    # DuckDB's greatest and least skip what is NULL, so no score must be said to have no interval.
    low = f"CASE WHEN score IS NOT NULL THEN greatest(score - half_width, {least}) END"
    high = f"CASE WHEN score IS NOT NULL THEN least(score + half_width, {most}) END"
    pointed = [
        "person_id",
        "CASE WHEN on_file IS NULL THEN 'no_statement' ELSE known.not_scored END AS not_scored",
        f"{half_width_sql(card)} AS half_width",
        *(f"{sql} AS {column}" for column, sql in [*values, *points]),
    ]
    scored = [
        "person_id",
        "CAST(score AS INTEGER) AS score",
        f"CAST({low} AS INTEGER) AS low",
        f"CAST({high} AS INTEGER) AS high",
        f"{_band(programme)} AS band",
        "not_scored",
        f"CAST({card.base} AS INTEGER) AS base",
        *(column for column, _ in values),
        *(f"CAST({column} AS INTEGER) AS {column}" for column, _ in points),
    ]
    return (
        Steps()
        .step("measured", characteristics_sql(programme, "SELECT * FROM statements", by=["person_id"]))
        .step("known", "SELECT *, TRUE AS on_file FROM measured")
        .step("pointed", f"SELECT{in_lines(pointed)}\nFROM asked LEFT JOIN known USING (person_id)")
        .step(
            "totalled",
            f"SELECT *, CASE WHEN not_scored IS NULL THEN least(greatest({total}, {least}), {most}) END AS score\n"
            "FROM pointed",
        )
        .query(f"SELECT{in_lines(scored)}\nFROM totalled")
    )


def _most(card: Card) -> str:
    """SQL of the greatest score that a person may have: that of the range, or of the lowest ceiling in force."""
    ceilings = "".join(
        f", CASE WHEN {name('value_' + c.characteristic)} {c.worse} {literal(c.at)} THEN {c.most} END"
        for c in card.ceilings
    )
    # least passes over a ceiling that is not in force.
    return f"least({card.range[1]}{ceilings})" if ceilings else str(card.range[1])


def _band(programme: Programme) -> str:
    steps = " ".join(f"WHEN score >= {band.least} THEN {literal(band.name)}" for band in reversed(programme.bands))
    return f"CASE {steps} END"
