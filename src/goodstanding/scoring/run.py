"""The monthly run: everybody's score as of a closed month, written once."""

import hashlib
from datetime import date

from goodstanding import __version__
from goodstanding.cards import Card, expert_card, latest_card, save_card
from goodstanding.engines import Duck, Engine, Row, name
from goodstanding.errors import NotReady
from goodstanding.months import Month
from goodstanding.programmes import Definition, measures_read
from goodstanding.relations import known_at, known_entries
from goodstanding.scorecard import outside_sql
from goodstanding.scoring.manifest import Basis, Manifest, check_scores, latest_run, run_name
from goodstanding.scoring.score_query import scores_sql
from goodstanding.statements import PointInTime, need_statements
from goodstanding.store import Staging, Workspace, code_digest
from goodstanding.store.layout import MANIFEST, run_folder, score_files
from goodstanding.wording import tr


def score_month(
    workspace: Workspace, definition: Definition, as_of: Month, today: date, engine: Engine | None = None
) -> Manifest:
    """Score everybody who had joined by the end of the month, with the programme's latest card or its expert card.

    A run whose basis is that of the month's latest run is that run: nothing is written. Otherwise the new run
    names the one it supersedes. Raises NotReady before the programme's day of the next month, or where
    statements are missing or older than the records; BadInput if the latest run's file was changed.
    """
    if engine is None:
        with Duck() as duck:
            return score_month(workspace, definition, as_of, today, duck)
    _check_closed(definition, as_of, today)
    _check_currency(workspace, definition)
    need_statements(workspace, definition.programme.roll_up)
    with workspace.stage() as staging:
        card = card_in_force(workspace, definition)
        point = PointInTime(workspace, engine, as_of)
        _relations(point, definition)
        basis = _basis(point, definition, card)
        before = latest_run(workspace, definition.programme.name, as_of)
        if before and before.basis == basis:
            check_scores(workspace, before)
            return before
        return _write(engine, staging, definition, card, basis, before.run if before else None)


def score_one(
    workspace: Workspace, definition: Definition, card: Card, as_of: Month, person: str, known_by: Month | None = None
) -> Row | None:
    """One person's row, computed now by the same query; None if they had not joined by the end of the month.

    With `known_by` what became known after the month, until then, counts as well: a correction puts the score right.
    """
    with Duck() as duck:
        _relations(PointInTime(workspace, duck, as_of, known_by), definition, person)
        found = duck.rows(scores_sql(definition.programme, card))
    return found[0] if found else None


def card_in_force(workspace: Workspace, definition: Definition) -> Card:
    """The programme's card that was fitted last, or its expert card."""
    card = latest_card(workspace, definition.programme.name) or expert_card(definition)
    if card.programme_digest != definition.digest:
        raise NotReady(
            where=tr("card {version}", version=card.version),
            found=tr(
                "a card of another {name} programme ({version})",
                name=card.programme,
                version=card.programme_version,
            ),
            expected=tr("a card of this one ({version})", version=definition.programme.version),
            do=tr("Run `{verb}` first.", verb=f"standing fit {definition.programme.name}"),
        )
    return card


def _check_closed(definition: Definition, as_of: Month, today: date) -> None:
    renewed = as_of.plus(1).first_day.replace(day=definition.programme.day)
    if today < renewed:
        raise NotReady(
            where=str(as_of),
            found=tr("today is {today}", today=today.isoformat()),
            expected=tr("a closed month; its scores are renewed on {day}", day=renewed.isoformat()),
            do=tr(
                "Score {month} instead.",
                month=str(Month.of(today).plus(-1 if today.day >= definition.programme.day else -2)),
            ),
        )


def _check_currency(workspace: Workspace, definition: Definition) -> None:
    """A programme that names money is for people who have money of that name."""
    currency, named = workspace.catalogue.values.get("currency"), definition.programme.currencies
    if currency is not None and named and currency not in named:
        raise NotReady(
            where=str(workspace.root),
            found=tr("money in {currency}", currency=currency),
            expected=tr(
                "money in {currency}, as {name} says", currency=", ".join(named), name=definition.programme.name
            ),
            do=tr("Use a programme for this currency."),
        )


def _relations(point: PointInTime, definition: Definition, person: str | None = None) -> None:
    """Make the relations that the query reads: `asked` and `statements`."""
    programme = definition.programme
    point.engine.keep("asked", point.people(person))
    point.engine.define("statements", known_at(point, measures_read(programme), person, programme.roll_up))


def _basis(point: PointInTime, definition: Definition, card: Card) -> Basis:
    return Basis(
        programme=definition.programme.name,
        programme_version=definition.programme.version,
        programme_digest=definition.digest,
        card=card.version,
        card_digest=hashlib.sha256(card.to_json()).hexdigest(),
        code_version=__version__,
        code_digest=code_digest(),
        as_of=str(point.month),
        people_digest=point.engine.digest("asked", "person_id"),
        statements={
            entry.path: entry.sha256
            for entry in known_entries(point, measures_read(definition.programme), definition.programme.roll_up)
        },
    )


def _write(
    engine: Engine, staging: Staging, definition: Definition, card: Card, basis: Basis, supersedes: str | None
) -> Manifest:
    """Compute and stage the run."""
    sql = scores_sql(definition.programme, card)
    as_of = Month.parse(basis.as_of)
    run = run_name(basis, supersedes)
    folder = run_folder(definition.programme.name, as_of, run)
    written = engine.write(sql, ["person_id"], staging.scratch())
    names = score_files(len(written.paths))
    files = {name: staging.add(folder, path, name).sha256 for name, path in zip(names, written.paths, strict=True)}
    scores = engine.files(written.paths)
    manifest = Manifest(
        run=run,
        basis=basis,
        supersedes=supersedes,
        engine=engine.name,
        scores=files,
        people=written.rows,
        scored=int(engine.value(f"SELECT count(score) FROM {scores} AS s")),
        not_scored=_counts(engine, scores, "not_scored"),
        bands={band.name: 0 for band in definition.programme.bands} | _counts(engine, scores, "band"),
        sql=sql,
        outside=_outside(engine, scores, card),
    )
    path = staging.scratch()
    path.write_bytes(manifest.to_json())
    staging.add(folder, path, MANIFEST)
    staging.set(run_folder(definition.programme.name, as_of), run)
    # Also a card by hand is kept, so that the run stays readable when the hand has moved on.
    save_card(staging, card, latest=card.method != "expert")
    return manifest


def _outside(engine: Engine, scores: str, card: Card) -> dict[str, int]:
    """How many people with a score have a value outside of what the card was developed on, by characteristic."""
    beyond = {c.name: outside_sql(c, "value_" + c.name) for c in card.characteristics}
    counted = {of: f"count(CASE WHEN {sql} THEN 1 END) AS {name(of)}" for of, sql in beyond.items() if sql is not None}
    if not counted:
        return {}
    # What was written is read once for all of them; the run's own query stays as it is.
    found = engine.rows(f"SELECT {', '.join(counted.values())} FROM {scores} AS s WHERE score IS NOT NULL")[0]
    return {of: int(found[of]) for of in counted if found[of]}


def _counts(engine: Engine, scores: str, column: str) -> dict[str, int]:
    rows = engine.rows(
        f"SELECT {column} AS name, count(*) AS n FROM {scores} AS s WHERE {column} IS NOT NULL "
        f"GROUP BY {column} ORDER BY {column}"
    )
    return {row["name"]: int(row["n"]) for row in rows}
