"""The questions asked of the law packs. Each raises AgainstTheLaw with the law that says so."""

from collections.abc import Iterable, Sequence

from goodstanding.errors import AgainstTheLaw
from goodstanding.law.packs import FOR_EVER, Pack, load_lab_only, load_packs
from goodstanding.wording import tr


def check_collected(where: str, fields: Iterable[str]) -> None:
    """Records come in: no field that any jurisdiction forbids to collect."""
    for field in fields:
        for pack in load_packs().values():
            if field.lower() in pack.never_collected:
                raise AgainstTheLaw(
                    where=where,
                    found=field,
                    expected=tr(
                        "no such field ({jurisdiction}: {law})",
                        jurisdiction=pack.name,
                        law=pack.never_collected_law,
                    ),
                    do=tr("Leave the column out of the file."),
                )


def check_scored(where: str, fields: Iterable[str], packs: Sequence[Pack]) -> None:
    """A programme is loaded: no characteristic reads a protected field, or what only the lab may read."""
    for field in sorted(fields):
        if field.lower() in load_lab_only():
            check_lab_only(where, field.lower(), synthetic=False)
        for pack in packs:
            if field.lower() in pack.never_scored:
                law, do = pack.never_scored_law, tr("Take it out; it is kept for fairness tests only.")
            elif law := pack.forbidden_fields.get(field.lower()):
                do = tr("Take it out, or the jurisdiction.")
            elif field.lower() in pack.never_collected:
                law, do = pack.never_collected_law, tr("Take it out; it may not even be collected.")
            else:
                continue
            expected = tr("no such characteristic ({jurisdiction}: {law})", jurisdiction=pack.name, law=law)
            raise AgainstTheLaw(where=where, found=field, expected=expected, do=do)


def check_lab_only(where: str, name: str, *, synthetic: bool) -> None:
    """What only the lab may do, to synthetic people: refused on records that do not carry the lab's stamp.

    Raises KeyError for what lab_only.toml does not name.
    """
    what = load_lab_only()[name]
    if not synthetic:
        expected = tr("synthetic people, in the lab ({law})", law=what.law)
        raise AgainstTheLaw(where=where, found=tr(what.title), expected=expected, do=tr(what.instead))


def check_dimensions(where: str, dimensions: Iterable[str], packs: Sequence[Pack]) -> None:
    """A programme is loaded: no dimension that a jurisdiction forbids."""
    for dimension in dimensions:
        for pack in packs:
            if law := pack.forbidden_dimensions.get(dimension):
                raise AgainstTheLaw(
                    where=where,
                    found=dimension,
                    expected=tr("no such dimension ({jurisdiction}: {law})", jurisdiction=pack.name, law=law),
                    do=tr("Take the dimension out, or the jurisdiction."),
                )


def check_looking_back(where: str, measure: str, months: int | None, packs: Sequence[Pack]) -> None:
    """A programme is loaded: negative facts are looked back for no longer than they may count (None: for ever)."""
    for pack in packs:
        if pack.negatives_count_months == FOR_EVER:
            continue
        if months is None or months > pack.negatives_count_months:
            raise AgainstTheLaw(
                where=where,
                found=tr("{measure} for {months} months", measure=measure, months=months or "∞"),
                expected=tr(
                    "at most {months} months of a negative fact ({jurisdiction}: {law})",
                    months=pack.negatives_count_months,
                    jurisdiction=pack.name,
                    law=pack.negatives_count_law,
                ),
                do=tr("Put it inside within({months}, ...).", months=pack.negatives_count_months),
            )
