"""The monthly run: everybody's score as of a closed month, written once."""

import hashlib
from collections.abc import Sequence
from datetime import date
from pathlib import Path

from goodstanding import __version__
from goodstanding.engines import Duck, files, literal
from goodstanding.engines.duck import Row
from goodstanding.errors import NotReady
from goodstanding.months import Month
from goodstanding.programmes import Definition
from goodstanding.records import latest_records, record_files
from goodstanding.scorecard import Card, expert_card, keep_card, latest_card
from goodstanding.scoring.manifest import SCORES, Basis, Manifest, code_digest, folder_of, latest_run, scores_file
from goodstanding.scoring.query import scores_sql
from goodstanding.statements import need_statements, statement_entries
from goodstanding.store import Change, Workspace
from goodstanding.wording import tr

ENGINE = "duckdb"


def score_month(workspace: Workspace, definition: Definition, as_of: Month, today: date) -> Manifest:
    """Score everybody who had joined by the end of the month, with the programme's latest card or its expert card.

    A run whose basis is that of the month's latest run is that run: nothing is written. Otherwise the new run
    names the one it supersedes. Raises NotReady before the programme's day of the next month, or where
    statements are missing or older than the records; BadInput if the latest run's file was changed.
    """
    _check_closed(definition, as_of, today)
    need_statements(workspace)
    with workspace.change() as change, Duck() as duck:
        card = card_in_force(workspace, definition)
        _relations(duck, workspace, as_of)
        basis = _basis(duck, workspace, definition, card, as_of)
        before = latest_run(workspace, definition.programme.name, as_of)
        if before and before.basis == basis:
            workspace.untouched(scores_file(definition.programme.name, as_of, before.run))
            return before
        return _write(duck, change, definition, card, basis, before.run if before else None)


def score_one(workspace: Workspace, definition: Definition, card: Card, as_of: Month, person: str) -> Row | None:
    """One person's row, computed now by the same query; None if they had not joined by the end of the month."""
    with Duck() as duck:
        _relations(duck, workspace, as_of, person)
        found = duck.rows(scores_sql(definition.programme, card))
    return found[0] if found else None


def card_in_force(workspace: Workspace, definition: Definition) -> Card:
    """The programme's card that was fitted last, or its expert card."""
    card = latest_card(workspace, definition.programme.name) or expert_card(definition)
    if card.programme_digest != definition.digest:
        raise NotReady(
            tr("card {version}", version=card.version),
            tr(
                "a card of another {name} programme ({version})",
                name=card.programme,
                version=card.programme_version,
            ),
            tr("a card of this one ({version})", version=definition.programme.version),
            tr("Run `{verb}` first.", verb=f"standing fit {definition.programme.name}"),
        )
    return card


def _check_closed(definition: Definition, as_of: Month, today: date) -> None:
    renewed = as_of.plus(1).first_day.replace(day=definition.programme.day)
    if today < renewed:
        raise NotReady(
            str(as_of),
            tr("today is {today}", today=today.isoformat()),
            tr("a closed month; its scores are renewed on {day}", day=renewed.isoformat()),
            tr(
                "Score {month} instead.",
                month=str(Month.of(today).plus(-1 if today.day >= definition.programme.day else -2)),
            ),
        )


def _relations(duck: Duck, workspace: Workspace, as_of: Month, person: str | None = None) -> None:
    """Make the relations that the query reads: `asked` and `statements`."""
    joined = latest_records(record_files(workspace, "people"), as_of.last_day)
    only = "" if person is None else f"AND person_id = {literal(person)}"
    duck.run(
        f"CREATE TABLE asked AS SELECT DISTINCT person_id, {literal(as_of.first_day)} AS as_of FROM ({joined}) "
        f"WHERE state = 'valid' AND happened_on <= {literal(as_of.last_day)} {only}"
    )
    paths: Sequence[Path] = [workspace.path(entry) for entry in statement_entries(workspace, as_of)]
    if not paths:
        raise NotReady(
            str(as_of), tr("no statements by then"), tr("a month with statements"), tr("Score a later month.")
        )
    where = "" if person is None else f" WHERE person_id = {literal(person)}"
    duck.run(f"CREATE VIEW statements AS SELECT * FROM {files(paths)}{where}")


def _basis(duck: Duck, workspace: Workspace, definition: Definition, card: Card, as_of: Month) -> Basis:
    people = duck.value("SELECT sha256(coalesce(string_agg(person_id, chr(10) ORDER BY person_id), '')) FROM asked")
    return Basis(
        programme=definition.programme.name,
        programme_version=definition.programme.version,
        programme_digest=definition.digest,
        card=card.version,
        card_digest=hashlib.sha256(card.to_json()).hexdigest(),
        code_version=__version__,
        code_digest=code_digest(),
        as_of=str(as_of),
        people_digest=str(people),
        statements={entry.path: entry.sha256 for entry in statement_entries(workspace, as_of)},
    )


def _write(
    duck: Duck, change: Change, definition: Definition, card: Card, basis: Basis, supersedes: str | None
) -> Manifest:
    """Compute and stage the run."""
    sql = scores_sql(definition.programme, card)
    duck.run(f"CREATE TABLE scores AS {sql}")
    as_of = Month.parse(basis.as_of)
    run = hashlib.sha256(f"{basis.digest} {supersedes}".encode()).hexdigest()[:16]
    folder = folder_of(definition.programme.name, as_of, run)
    staged = change.scratch()
    duck.write_parquet("SELECT * FROM scores ORDER BY person_id", staged)
    scores = change.add(folder, staged, SCORES)
    manifest = Manifest(
        run=run,
        basis=basis,
        supersedes=supersedes,
        engine=ENGINE,
        scores_digest=scores.sha256,
        people=int(duck.value("SELECT count(*) FROM scores")),
        scored=int(duck.value("SELECT count(score) FROM scores")),
        not_scored=_counts(duck, "not_scored"),
        bands={band.name: 0 for band in definition.programme.bands} | _counts(duck, "band"),
        sql=sql,
    )
    staged = change.scratch()
    staged.write_bytes(manifest.to_json())
    change.add(folder, staged, "manifest.json")
    change.set(folder_of(definition.programme.name, as_of), run)
    # Also a card by hand is kept, so that the run stays readable when the hand has moved on.
    keep_card(change, card, latest=card.method != "expert")
    return manifest


def _counts(duck: Duck, column: str) -> dict[str, int]:
    rows = duck.rows(
        f"SELECT {column} AS name, count(*) AS n FROM scores WHERE {column} IS NOT NULL GROUP BY 1 ORDER BY 1"
    )
    return {row["name"]: int(row["n"]) for row in rows}
