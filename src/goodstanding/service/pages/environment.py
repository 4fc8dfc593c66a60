"""The one environment of all pages: templates, filters, the style, and the words in the language in force."""

from datetime import date
from functools import cache
from importlib import resources

from babel.dates import format_date, format_skeleton
from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape

from goodstanding.months import Month
from goodstanding.programmes import in_language
from goodstanding.wording import language, tr


@cache
def _templates() -> Environment:
    environment = Environment(
        loader=PackageLoader("goodstanding.service.pages"),
        autoescape=select_autoescape(default=True),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {"signed": _signed, "day": day_in_words, "month": _month_name}
    return environment


def render(template: str, **values: object) -> str:
    """A template filled in, in the language in force.

    It has `tr`, `in_language`, `language` and `style` beside its values.
    """
    found = _templates().get_template(template)
    return found.render(tr=tr, in_language=in_language, language=language, style=_style(), **values)


@cache
def _style() -> str:
    return (resources.files("goodstanding.service.pages") / "templates" / "style.css").read_text(encoding="utf-8")


def day_in_words(value: date) -> str:
    """A day as it is written out in the language in force."""
    return format_date(value, "long", locale=language().replace("-", "_"))


def _signed(points: int) -> str:
    return f"{points:+d}".replace("-", "−")


def _month_name(value: Month) -> str:
    return format_skeleton("yMMMM", value.first_day, locale=language().replace("-", "_"))
