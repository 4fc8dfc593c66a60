"""A person's page and the list of people, as text: a standing through its template."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from goodstanding.months import Month
from goodstanding.programmes import Band, Programme, in_language
from goodstanding.scoring import Standing, table_title
from goodstanding.service.pages.charts import line, radar, share_reached
from goodstanding.service.pages.environment import render
from goodstanding.service.pages.tones import tones_css

LINE_BOX = (260, 90)


@dataclass(frozen=True)
class Listed:
    """A person in the list: id, and score or None."""

    person: str
    score: int | None


def person_page(standing: Standing, programme: Programme, home: str | None = None) -> str:
    """A person's standing as one HTML file without scripts or anything from elsewhere; `home` links back to a list."""
    least, greatest = programme.range
    score = standing.score
    titles = {dimension.name: in_language(dimension.title) for dimension in programme.dimensions}
    perks = programme.perks_in(standing.currency)
    return render(
        "person.html",
        standing=standing,
        programme=programme,
        tones=tones_css(len(programme.bands)),
        home=home,
        band=None if score is None else programme.band(score),
        place=None if score is None else programme.bands.index(programme.band(score)),
        titles=titles,
        not_scored=programme.why_not(standing.not_scored),
        marker=None if score is None else 100 * (score - least) / (greatest - least),
        stretches=_stretches(programme),
        radar=radar(standing.dimensions, titles),
        reached={dimension.name: 100 * share_reached(dimension) for dimension in standing.dimensions},
        line=line(standing.history, programme.range, *LINE_BOX),
        box=LINE_BOX,
        has_perks=bool(perks),
        perks=[perk for perk in perks if score is not None and score >= perk.least],
        next_perk=next((perk for perk in perks if score is not None and score < perk.least), None),
        table_title=table_title,
        renewed=_renewed(programme, standing.as_of),
    )


def people_page(
    programme: Programme,
    as_of: Month,
    people: Mapping[str | None, Sequence[Listed]],
    counts: Mapping[str | None, int],
) -> str:
    """The list of people by band, best band first; `counts` says how many there are where not all are listed."""
    bands: list[tuple[int | None, Band | None]] = [*reversed(list(enumerate(programme.bands))), (None, None)]
    everybody = sum(counts.values())
    return render(
        "people.html",
        programme=programme,
        tones=tones_css(len(programme.bands)),
        as_of=as_of,
        bands=bands,
        people=people,
        counts=counts,
        everybody=everybody,
    )


def _stretches(programme: Programme) -> list[tuple[Band, float]]:
    """Each band with its width in percent of the range."""
    least, greatest = programme.range
    ends = [band.least for band in programme.bands[1:]] + [greatest]
    return [
        (band, 100 * (end - band.least) / (greatest - least)) for band, end in zip(programme.bands, ends, strict=True)
    ]


def _renewed(programme: Programme, as_of: Month) -> date:
    return as_of.plus(2).first_day.replace(day=programme.day)
