"""The verbs of those who run a registry, a workspace in which each has something to do, and what it says afterwards."""

import shutil
from collections import Counter
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

from at_once import alone, apart
from nursery import LENDER, Room, fill

from goodstanding.cli import app
from goodstanding.months import today

PEOPLE, MONTHS, SEED = 300, 24, 6
JOINED = 40
PROGRAMME = "goodstanding.programmes.shipped"


@dataclass(frozen=True)
class Verb:
    """How a verb is called here: {room} is the workspace, {files} a folder beside what is in it, {turn} 0 or 1."""

    arguments: str
    needs_town: bool = False


VERBS = {
    "ingest records": Verb("{files}/payments.csv", needs_town=True),
    "ingest feeds": Verb("{files}/feeds.csv", needs_town=True),
    "statements": Verb("", needs_town=True),
    "relations": Verb("--as-of {last}", needs_town=True),
    "fit": Verb("sesame", needs_town=True),
    "score": Verb("sesame --as-of {before}", needs_town=True),
    "town": Verb("--people 10 --months 3", needs_town=True),
    "programme draft": Verb("{files}/drafted --by ann"),
    "programme review": Verb("sesame 1.0.1 --by bob"),
    "programme reject": Verb("sesame 1.0.3 --reason no --by bob"),
    "programme publish": Verb("sesame 1.0.2 --by bob"),
    "programme withdraw": Verb("sesame 1.0.0 --reason old --by bob"),
    "registry create": Verb(""),
    "registry publish": Verb("sesame", needs_town=True),
    "registry collect": Verb(""),
    "registry rotate sealing": Verb(""),
    "registry rotate lookup": Verb(""),
    "operator admit": Verb("operator-{turn} --role admin --key {files}/key.pub --by ann"),
}
READERS = {
    "verify": Verb(""),
    "show": Verb("P000001", needs_town=True),
    "page": Verb("P000001", needs_town=True),
    "programme list": Verb(""),
    "operator list": Verb(""),
}
# Each with why it is in no pair.
LEFT_OUT = {
    "demo": "runs the others one after the other",
    "serve": "runs beside every pair in tests/service/api/test_rotating.py",
    "operator key": "touches neither workspace nor registry",
    "ingest berka": "ingest records, from files of another's",
    "witness add": "one row in one transaction, as operator admit",
    "witness remove": "one row in one transaction, as operator admit",
    "witness ask": "one row in one transaction, after what another machine said",
    "witness list": "reads as operator list does",
}
FEEDS = "source,table,from,until,person_id,known_on\nnursery,payments,2020-01-01,,,{day}\n"
PAYMENTS = (
    "person_id,record_id,happened_on,known_on,source,category,amount_minor,currency,counterparty\n"
    "P000001,of the pair,2024-01-15,{day},nursery,rent,-150000,CNY,landlord\n"
)


def verbs_of_the_command() -> set[str]:
    """Every verb that does something, by its whole name; one that rotates, once for each key."""
    found: set[str] = set()

    def below(above: object, name: str) -> None:
        words = [word for word in above if not word.startswith("-")]  # type: ignore[attr-defined]
        for word in words:
            below(above[word], f"{name} {word}".strip())  # type: ignore[index]
        if not words:
            found.add(name)

    below(app, "")
    return (found - {"registry rotate"}) | {f"registry rotate {purpose}" for purpose in ("sealing", "lookup")}


def command_of(verb: str, place: Room, turn: int = 0) -> list[str]:
    """A verb as it is called on a place."""
    said = (VERBS | READERS)[verb].arguments
    months = (place.folder / "files" / "months").read_text(encoding="utf-8").split()
    said = said.format(files=place.folder / "files", turn=turn, before=months[0], last=months[1])
    return [*verb.split(), *said.split(), "--workspace", str(place.folder)]


def build(place: Room, *, town: bool) -> None:
    """Make a place in which every verb has something to do; with a town, the verbs of its records have as well."""
    room = ["--workspace", str(place.folder)]
    months = ["2024-01", "2024-01"]
    if town:
        _well("town", "--people", str(PEOPLE), "--months", str(MONTHS), "--seed", str(SEED), *room)
        _well("statements", *room)
        months = apart(_last_months, place)
        _well("fit", "sesame", *room)
        _well("score", "sesame", "--as-of", months[1], *room)
    _well("registry", "create", *room, url=place.url)
    apart(_live, place)
    _files(place.folder / "files", months)


def _well(*command: str, url: str | None = None) -> None:
    said = alone(command, url)
    assert said.well, f"{' '.join(command)}: {said}"


def _last_months(place: Room) -> list[str]:
    """The last two months of the statements."""
    from goodstanding.store import Workspace  # noqa: PLC0415

    months = sorted({entry.path.split("/")[1] for entry in Workspace(place.folder).catalogue.under("statements")})
    return [month.removeprefix("month=") for month in months[-2:]]


def _files(folder: Path, months: list[str]) -> None:
    """What the verbs read."""
    shipped = Path(str(files(PROGRAMME) / "sesame"))
    shutil.copytree(shipped, folder / "drafted")
    text = folder / "drafted" / "programme.toml"
    text.write_text(_as_version(text.read_text(encoding="utf-8"), "1.0.4"), encoding="utf-8")
    (folder / "months").write_text(" ".join(months), encoding="utf-8")
    day = today().isoformat()
    (folder / "payments.csv").write_text(PAYMENTS.format(day=day), encoding="utf-8")
    (folder / "feeds.csv").write_text(FEEDS.format(day=day), encoding="utf-8")
    _well("operator", "key", str(folder / "key"))


def _as_version(text: str, version: str) -> str:
    return text.replace('version = "1.0.0"', f'version = "{version}"')


def _live(place: Room) -> None:
    """Firms, programmes in every state, people who joined, one who left, a record furnished, words and a dispute."""
    from sqlalchemy import select  # noqa: PLC0415

    from goodstanding.programmes import programme_texts  # noqa: PLC0415
    from goodstanding.registry import WriteTransaction, open_registry  # noqa: PLC0415
    from goodstanding.registry.database.schema import parties  # noqa: PLC0415
    from goodstanding.registry.furnishing import Submission, furnish  # noqa: PLC0415
    from goodstanding.registry.people import NOTICE_VERSION, identifier, join, set_words  # noqa: PLC0415
    from goodstanding.registry.programme_versions import draft, take_programme_step  # noqa: PLC0415
    from goodstanding.registry.rights import leave  # noqa: PLC0415

    text, expert = programme_texts("sesame")

    def programmes(transaction: WriteTransaction) -> None:
        for version in ("1.0.1", "1.0.2", "1.0.3"):
            draft(transaction, _as_version(text, version), expert, by="ann")
        take_programme_step(transaction, "sesame", "1.0.2", "review", by="bob")

    def people(transaction: WriteTransaction) -> None:
        for number in range(JOINED):
            known_by = [identifier("record_id", f"P{number:06d}"), identifier("phone", f"+86 138 0000 {number:04d}")]
            person = join(transaction, known_by, notice_version=NOTICE_VERSION, language="en", jurisdiction="cn")
            set_words(transaction, person, f"I am number {number}.")
            if number == 0:
                leave(transaction, person)
        lender = transaction.connection.scalar(select(parties.c.id).where(parties.c.code == LENDER))
        values = {"happened_on": "2024-01-01", "category": "rent", "amount_minor": "-150000", "currency": "CNY"}
        sent = Submission(identifier("record_id", "P000002"), "payments", "rent", values | {"counterparty": "Ann"})
        furnish(transaction, lender, [(sent, False)])

    with open_registry(place.folder, place.url) as registry:
        fill(registry, JOINED)
        registry.do(programmes)
        registry.do(people)


def state_of(place: Room) -> dict[str, object]:
    """What a workspace and its registry say, but for times and for ids that are drawn by chance."""
    from sqlalchemy import func, select  # noqa: PLC0415

    from goodstanding.registry import open_registry  # noqa: PLC0415
    from goodstanding.registry.database.schema import METADATA, log, programmes  # noqa: PLC0415
    from goodstanding.registry.verification.history_notes import NOTED  # noqa: PLC0415
    from goodstanding.store import Workspace  # noqa: PLC0415

    catalogue = Workspace(place.folder).catalogue
    rooms = Counter(path.split("/")[0] for path in catalogue.files)
    with open_registry(place.folder, place.url) as registry, registry.read() as transaction:
        read = transaction.connection
        counts = {
            f"rows of {table.name}": read.scalar(select(func.count()).select_from(table))
            for table in METADATA.sorted_tables
            if table.name != "log_tiles"
        }
        kinds = Counter(read.scalars(select(log.c.kind)))
        # A workspace is noted as often as others change it meanwhile.
        counts["rows of log"] = (counts["rows of log"] or 0) - kinds.pop(NOTED, 0)
        states = sorted(map(tuple, read.execute(select(programmes.c.version, programmes.c.state))))
        numbers = {purpose: [key.number for key in keys] for purpose, keys in transaction.keyring.keys.items()}
    return {
        "files": sorted(catalogue.files) if rooms else [],
        "values": dict(catalogue.values),
        "lines": dict(kinds),
        "programmes": states,
        "keys": numbers,
        **counts,
    }


def wrong_in(place: Room) -> list[str]:
    """What is wrong in a place: what `verify` finds, what does not open, who is not found, and keys left over."""
    verified = alone(["verify", "--workspace", str(place.folder)], place.url)
    wrong = [] if verified.well else [f"verify: {verified.out[-300:]} {verified.err[-300:]}".strip()]
    try:
        return wrong + apart(_unopened, place)
    except AssertionError as error:
        return [*wrong, str(error).strip().splitlines()[-1]]


def _unopened(place: Room) -> list[str]:
    from sqlalchemy import select  # noqa: PLC0415

    from goodstanding.errors import BadInput  # noqa: PLC0415
    from goodstanding.registry import keys_folder, open_registry  # noqa: PLC0415
    from goodstanding.registry.database.schema import identifiers  # noqa: PLC0415
    from goodstanding.registry.key_rotation import sealed_columns  # noqa: PLC0415
    from goodstanding.registry.keys import read_keyring, unseal  # noqa: PLC0415
    from goodstanding.registry.people.identifiers import read_identifier  # noqa: PLC0415

    lost: Counter[str] = Counter()
    with open_registry(place.folder, place.url) as registry, registry.engine.connect() as connection:
        ring = registry.keyring
        for column in sealed_columns():
            for row in connection.execute(select(column.table).where(column.is_not(None))).mappings():
                try:
                    unseal(ring, row[column.name], column.info["sealed_under"].format_map(row))
                except BadInput:
                    lost[f"{column}: does not open"] += 1
        if not lost:
            for row in connection.execute(select(identifiers)):
                lost["identifiers: not found"] += read_identifier(ring, row.kind, row.sealed).hash(ring) != row.hash
    keys = read_keyring(keys_folder(place.folder)).keys
    wrong = [f"{what}: {n}" for what, n in lost.items() if n]
    return wrong + [f"{len(found)} keys of {purpose}" for purpose, found in keys.items() if len(found) > 1]
