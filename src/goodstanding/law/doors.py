"""The questions asked of the law packs. Each raises AgainstTheLaw with the law that says so."""

from collections.abc import Iterable, Sequence

from goodstanding.errors import AgainstTheLaw
from goodstanding.law.legal_facts import FOR_EVER
from goodstanding.law.packs import LawInForce, load_lab_only, load_packs, packs_on
from goodstanding.months import today
from goodstanding.wording import tr


def check_collected(where: str, fields: Iterable[str]) -> None:
    """Records come in: no field that any jurisdiction forbids to collect today."""
    laws = packs_on(load_packs().values(), today())
    for field in fields:
        for law in laws:
            if field.lower() in law.never_collected:
                raise AgainstTheLaw(
                    where=where,
                    found=field,
                    expected=tr(
                        "no such field ({jurisdiction}: {law})",
                        jurisdiction=law.name,
                        law=law.never_collected_law,
                    ),
                    do=tr("Leave the column out of the file."),
                )


def check_scored(where: str, fields: Iterable[str], laws: Sequence[LawInForce]) -> None:
    """A programme is loaded: no characteristic reads a protected field, or what only the lab may read."""
    for field in sorted(fields):
        if field.lower() in load_lab_only():
            check_lab_only(where, field.lower(), synthetic=False)
        for law in laws:
            if field.lower() in law.never_scored:
                source, do = law.never_scored_law, tr("Take it out; it is kept for fairness tests only.")
            elif source := law.forbidden_fields.get(field.lower()):
                do = tr("Take it out, or the jurisdiction.")
            elif field.lower() in law.never_collected:
                source, do = law.never_collected_law, tr("Take it out; it may not even be collected.")
            else:
                continue
            expected = tr("no such characteristic ({jurisdiction}: {law})", jurisdiction=law.name, law=source)
            raise AgainstTheLaw(where=where, found=field, expected=expected, do=do)


def check_lab_only(where: str, name: str, *, synthetic: bool) -> None:
    """What only the lab may do, to synthetic people: refused on records that do not carry the lab's stamp.

    Raises KeyError for what lab_only.toml does not name.
    """
    what = load_lab_only()[name]
    if not synthetic:
        expected = tr("synthetic people, in the lab ({law})", law=what.law)
        raise AgainstTheLaw(where=where, found=tr(what.title), expected=expected, do=tr(what.instead))


def check_dimensions(where: str, dimensions: Iterable[str], laws: Sequence[LawInForce]) -> None:
    """A programme is loaded: no dimension that a jurisdiction forbids."""
    for dimension in dimensions:
        for law in laws:
            if source := law.forbidden_dimensions.get(dimension):
                raise AgainstTheLaw(
                    where=where,
                    found=dimension,
                    expected=tr("no such dimension ({jurisdiction}: {law})", jurisdiction=law.name, law=source),
                    do=tr("Take the dimension out, or the jurisdiction."),
                )


def check_looking_back(where: str, measure: str, months: int | None, laws: Sequence[LawInForce]) -> None:
    """A programme is loaded: negative facts are looked back for no longer than they may count (None: for ever)."""
    for law in laws:
        if law.negatives_count_months == FOR_EVER:
            continue
        if months is None or months > law.negatives_count_months:
            raise AgainstTheLaw(
                where=where,
                found=tr("{measure} for {months} months", measure=measure, months=months or "∞"),
                expected=tr(
                    "at most {months} months of a negative fact ({jurisdiction}: {law})",
                    months=law.negatives_count_months,
                    jurisdiction=law.name,
                    law=law.negatives_count_law,
                ),
                do=tr("Put it inside within({months}, ...).", months=law.negatives_count_months),
            )
