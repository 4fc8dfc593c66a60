"""How files lie in a workspace: the one place that writes their folders and names, and reads them back.

    records/TABLE/month=YYYY-MM/KIND-DIGEST.parquet    records of a month, by kind (records/record_files.py)
    feeds/DIGEST.parquet                               declared feeds
    quarantine/TABLE/DIGEST.csv                        rows that were not taken
    ROLLUP/month=YYYY-MM/known=YYYY-MM/DIGEST.parquet  statements, dealings, measures/PROGRAMME: what a month says,
                                                       by the month in which that became known
    relations/YYYY-MM/PART/NUMBER-DIGEST.parquet       ties and people of a month's graph
    cards/PROGRAMME/VERSION.json                       scorecards
    scores/PROGRAMME/YYYY-MM/RUN/scores.parquet        or scores-NUMBER.parquet of a run on a cluster; once somebody
                                                       was erased, with the digest in the name
    scores/PROGRAMME/YYYY-MM/RUN/manifest.json         and erased-DIGEST.json beside it

DIGEST are the first 16 hex digits of a file's SHA-256; a template's `{digest}` is filled in where a file is added.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Literal, TypeAlias, get_args

from goodstanding.months import Month

# The folders that files of a workspace may be in; a file there that no catalogue knows is what a killed process left.
FOLDERS = ("records", "feeds", "quarantine", "statements", "measures", "dealings", "relations", "cards", "scores")
DIGEST_DIGITS = 16
RECORDS_FOLDER, FEEDS_FOLDER, SCORES_FOLDER = "records", "feeds", "scores"
OWN_MEASURES = "measures"
MANIFEST = "manifest.json"
ERASED_FILE = "erased-{digest}.json"
QUARANTINE_FILE = "{digest}.csv"
_MONTH, _KNOWN = "month=", "known="

RecordKind: TypeAlias = Literal["first", "again", "earlier", "sameday"]


@dataclass(frozen=True)
class RecordPlace:
    """What the path of a record file says of it."""

    table: str
    month: Month
    kind: RecordKind


def short_digest(sha256: str) -> str:
    """The start of a file's digest, which names it."""
    return sha256[:DIGEST_DIGITS]


def folder_of(path: str) -> str:
    """The folder that a file is in."""
    return path.rpartition("/")[0]


def records_folder(table: str, month: Month | None = None) -> str:
    """Where the records of a table are, or those of one month."""
    return f"{RECORDS_FOLDER}/{table}" if month is None else f"{RECORDS_FOLDER}/{table}/{_MONTH}{month}"


def record_file(kind: RecordKind) -> str:
    """The name of a record file of a kind."""
    return _parquet_file(kind)


def record_place(path: str) -> RecordPlace:
    """The table, month and kind of a record file.

    >>> record_place("records/dues/month=2024-03/again-0123456789abcdef.parquet")
    RecordPlace(table='dues', month=Month(year=2024, month=3), kind='again')
    """
    _, table, month, file = path.split("/")
    return RecordPlace(table, Month.parse(month.removeprefix(_MONTH)), record_kind(file))


def is_record_file(path: str) -> bool:
    """Whether a file holds records."""
    return path.startswith(f"{RECORDS_FOLDER}/")


def record_kind(path: str) -> RecordKind:
    """The kind of a record file, by its name: `first` where the name says nothing else."""
    name = path.rpartition("/")[2].partition("-")[0]
    return next((kind for kind in get_args(RecordKind) if kind == name), "first")


def statements_folder(roll_up: str, month: Month, known: Month | None = None) -> str:
    """A month's statements in the folder of a roll-up, all or those that became known in one month.

    The value of this name in the catalogue, without `known`, is what a month's statements are made of.
    """
    return f"{roll_up}/{_MONTH}{month}" + ("" if known is None else f"/{_KNOWN}{known}")


def is_statements_folder(name: str) -> bool:
    """Whether a named value of the catalogue says what a month's statements are made of."""
    return f"/{_MONTH}" in name


def statement_months(path: str) -> tuple[Month, Month]:
    """The month that a statement file is of, and the month in which it became known."""
    *_, month, known, _ = path.split("/")
    return Month.parse(month.removeprefix(_MONTH)), Month.parse(known.removeprefix(_KNOWN))


def own_measures_folder(programme: str) -> str:
    """The statements of a programme's own measures; the value of this name is the measures' definitions."""
    return f"{OWN_MEASURES}/{programme}"


def own_measures_programme(folder: str) -> str:
    """Whose own measures the statements of a folder are."""
    return folder.removeprefix(f"{OWN_MEASURES}/")


def programmes_with_measures(names: Iterable[str]) -> list[str]:
    """Those of a catalogue's named values that are programmes' own measures, by programme."""
    return sorted(
        own_measures_programme(name) for name in names if name.startswith(f"{OWN_MEASURES}/") and name.count("/") == 1
    )


def quarantine_folder(table: str) -> str:
    """Where the rows of a table are that were not taken."""
    return f"quarantine/{table}"


def relations_folder(as_of: Month, part: str | None = None) -> str:
    """Where a month's ties and the measures of its people are, or one of the two: `ties`, `people`.

    The value of this name in the catalogue, without a part, is what they are made of.
    """
    return f"relations/{as_of}" + ("" if part is None else f"/{part}")


def numbered_file(number: int) -> str:
    """The name of one of several files that a query was written to."""
    return _parquet_file(f"{number:05d}")


def cards_folder(programme: str) -> str:
    """Where a programme's cards are; the value of this name is the latest one's version."""
    return f"cards/{programme}"


def card_path(programme: str, version: str) -> str:
    """The file of a card."""
    return f"{cards_folder(programme)}/{card_file(version)}"


def card_file(version: str) -> str:
    """The name of a card's file."""
    return f"{version}.json"


def run_folder(programme: str, as_of: Month, run: str | None = None) -> str:
    """The folder of a month's runs, or of one run; the value of the first name is the month's latest run."""
    return f"{SCORES_FOLDER}/{programme}/{as_of}" + ("" if run is None else f"/{run}")


def run_place(folder: str) -> tuple[str, Month, str]:
    """The programme, month and run of a run's folder. Raises ValueError if it is none."""
    _, programme, as_of, run = folder.split("/")
    return programme, Month.parse(as_of), run


def runs_folder(programme: str) -> str:
    """The folder of all runs of a programme."""
    return f"{SCORES_FOLDER}/{programme}"


def score_files(count: int) -> list[str]:
    """The names of a run's files of scores: one, or several of a run on a cluster."""
    return ["scores.parquet"] if count == 1 else [f"scores-{number:05d}.parquet" for number in range(count)]


def is_score_file(path: str) -> bool:
    """Whether a file is one of a run's."""
    return path.startswith(f"{SCORES_FOLDER}/")


def is_erased_file(path: str) -> bool:
    """Whether a file beside a manifest says what was erased; its name was once without a digest."""
    return PurePosixPath(path).name.startswith("erased")


def without_digest(path: str) -> str:
    """A Parquet file's name as it was or would be without a digest in it, empty if it is nothing but the digest.

    >>> without_digest("scores/sesame/2024-03/run/scores-00001-0123456789abcdef.parquet")
    'scores-00001.parquet'
    """
    stem, _, last = PurePosixPath(path).stem.rpartition("-")
    if len(last) < DIGEST_DIGITS:
        return PurePosixPath(path).name
    return f"{stem}.parquet" if stem else ""


def with_digest(path: str) -> str:
    """The name that takes the place of a Parquet file's, for other contents of the same kind."""
    return _parquet_file(without_digest(path).removesuffix(".parquet"))


def _parquet_file(stem: str) -> str:
    return f"{stem}-{{digest}}.parquet" if stem else "{digest}.parquet"
