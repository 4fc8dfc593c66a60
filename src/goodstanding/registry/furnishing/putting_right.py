"""Putting scores right: as of the same month, by the same card, with what has become known since."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date

from goodstanding.errors import NotFound
from goodstanding.months import Month
from goodstanding.programmes import Definition
from goodstanding.registry.changing import Changes
from goodstanding.registry.programmes import published
from goodstanding.registry.scores import Publication, publish_scores, run_of
from goodstanding.scoring import latest_run, rescored, runs_of, scored_programmes
from goodstanding.store import Workspace


def put_right(changes: Changes, workspace: Workspace, persons: Sequence[str], today: date) -> Sequence[Publication]:
    """Score these people (by their ids in the records) anew in every programme in force, and publish it."""
    made: list[Publication] = []
    for programme in scored_programmes(workspace) if persons else ():
        definition = _in_force(changes, programme)
        as_of = next(reversed(runs_of(workspace, programme)))
        manifest = latest_run(workspace, programme, as_of)
        if definition is None or manifest is None or definition.digest != manifest.basis.programme_digest:
            continue
        rows = rescored(workspace, definition, manifest, persons, Month.of(today))
        # Named by where the log stood: it is another run, of the same month.
        size = changes.do(lambda change: change.next_index)
        run = replace(run_of(manifest), run=f"{manifest.run}+{size}")
        publication = publish_scores(changes, run, [rows])
        if publication is not None:
            made.append(publication)
    return made


def _in_force(changes: Changes, programme: str) -> Definition | None:
    try:
        return changes.do(lambda change: published(change, programme))
    except NotFound:
        return None
