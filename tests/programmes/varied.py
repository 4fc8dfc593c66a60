"""Programmes of every shape, as an analyst would write them: names of their own, any number of bands and dimensions."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

# What a dimension of a varied programme is about, one characteristic each, with cuts for its expert card.
SPENT, CASH = "sum(within(12, paid_out_minor))", "sum(within(12, cash_out_minor))"
FORMULAS = {
    "kept_12m": ("share(sum(within(12, dues_kept)), sum(within(12, dues)))", "higher", "percent", (0.7, 0.95)),
    "months_known": ("months_on_file()", "higher", "months", (3, 12)),
    "spent_of_income": (f"share({SPENT}, sum(within(12, received_minor)))", "lower", "percent", (0.8, 1.0)),
    "worst_delay": ("max(within(24, worst_days_late))", "lower", "days", (10, 30)),
    "paying_months": ("months_with(12, payments)", "higher", "count", (4, 9)),
    "cash_part": (f"share({CASH}, {SPENT})", "lower", "percent", (0.3, 0.6)),
    "income_months": ("months_with(12, received_minor)", "higher", "count", (4, 9)),
    "buffer": ("share(average(6, lowest_minor), monthly(12, received_minor))", "higher", "times", (0.0, 0.5)),
}


@dataclass(frozen=True)
class Shape:
    """What differs between varied programmes."""

    bands: int = 3
    dimensions: int = 3
    range: tuple[int, int] = (300, 900)
    languages: Sequence[str] = ("en",)
    declared: bool = False
    jurisdictions: Sequence[str] = ("cn",)
    subject: str = "person"
    day: int = 12
    advice: bool = True
    perks: bool = True
    coverage: bool = True
    # How many of the characteristics are on the expert card, None for no card.
    on_card: int | None = 99
    greatest: float = 100
    titles: Mapping[str, str] = field(default_factory=dict)


def write_programme(folder: Path, shape: Shape, name: str = "own_score") -> str:
    """Write a programme of a shape into a folder; gives the folder as `load_programme` takes it."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "programme.toml").write_text(programme_text(shape, name), encoding="utf-8")
    if shape.on_card is not None:
        (folder / "expert.toml").write_text(_expert_text(shape), encoding="utf-8")
    return str(folder)


def programme_text(shape: Shape, name: str = "own_score") -> str:
    """The programme.toml of a shape."""
    least, greatest = shape.range
    parts = [
        f'name = "{name}"\nversion = "0.1.0"\nkind = "scorecard"\nsubject = "{shape.subject}"\noperator = "Own & Co"',
        f"title = {_text(shape, 'Own score')}\njurisdictions = {_list(shape.jurisdictions)}",
        f"day = {shape.day}\nrange = [{least}, {greatest}]",
        f"languages = {_list(shape.languages)}" if shape.declared else "",
        f"[scale]\nbase_score = {(least + greatest) // 2}\nbase_odds = 10\npoints_to_double = {_spread(shape)}",
    ]
    for i in range(shape.bands):
        begins = least + (greatest - least) * i // shape.bands
        parts.append(f'[[bands]]\nname = "grade_{i}"\nfrom = {begins}\ntitle = {_text(shape, f"Grade {i}")}')
    for about in list(FORMULAS)[: shape.dimensions]:
        title = shape.titles.get(about, f"About {about.replace('_', ' ')}")
        parts.append(
            f'[[dimensions]]\nname = "on_{about}"\ngreatest_influence = {shape.greatest}\ntitle = {_text(shape, title)}'
        )
    if shape.perks:
        parts.append(f"[[perks]]\nfrom = {least}\ntitle = {_text(shape, 'A free ride')}")
    if shape.coverage:
        parts.append(
            f'[[coverage]]\nname = "too_short"\nrequires = "months_on_file() >= 2"\ntext = {_text(shape, "Too short.")}'
        )
    for about, (sql, better, unit, _) in list(FORMULAS.items())[: shape.dimensions]:
        advice = f"\nadvice = {_text(shape, f'Mind {about}.')}\nmonths = 6" if shape.advice else ""
        parts.append(
            f'[[characteristics]]\nname = "{about}"\ndimension = "on_{about}"\nsql = "{sql}"\nbetter = "{better}"\n'
            f'unit = "{unit}"\ntitle = {_text(shape, f"Title of {about}")}\n'
            f"reason = {_text(shape, f'It is {{value}} for {about}.')}{advice}"
        )
    return "\n".join(parts) + "\n"


def _expert_text(shape: Shape) -> str:
    step = _spread(shape)
    lines = [f"base = {sum(shape.range) // 2}", "[characteristics]"]
    for about, (_, better, _, cuts) in list(FORMULAS.items())[: min(shape.dimensions, shape.on_card or 0)]:
        points = (-step, 0, step) if better == "higher" else (step, 0, -step)
        lines.append(f"{about} = {{ cuts = {list(cuts)}, points = {list(points)} }}")
    return "\n".join(lines) + "\n"


def _spread(shape: Shape) -> int:
    return max(1, (shape.range[1] - shape.range[0]) // (3 * shape.dimensions))


def _text(shape: Shape, words: str) -> str:
    return "{ " + ", ".join(f'{language} = "{words}"' for language in shape.languages) + " }"


def _list(values: Sequence[str]) -> str:
    return "[" + ", ".join(f'"{value}"' for value in values) + "]"
