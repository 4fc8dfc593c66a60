"""The verbs of a programme's life: `programme draft`, `review`, `reject`, `publish`, `withdraw`, `list`."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Any, TypeAlias

from cyclopts import App, Parameter
from msgspec import structs
from rich.markup import escape

from goodstanding.cli.options import DEFAULT_WORKSPACE, AsJson, By, Database, ProgrammeName, WorkspacePath
from goodstanding.cli.output import console, print_json, table_of
from goodstanding.programmes import programme_texts
from goodstanding.registry import WriteTransaction, open_registry
from goodstanding.registry.clock import instant_text
from goodstanding.registry.programme_versions import Version, draft, take_programme_step, versions
from goodstanding.wording import tr

programme = App(name="programme", help=tr("Review, publish and withdraw programmes."))

Name: TypeAlias = Annotated[str, Parameter(help=tr("The programme's name."))]
VersionNumber: TypeAlias = Annotated[str, Parameter(help=tr("The programme's version."))]
Reason: TypeAlias = Annotated[str, Parameter(help=tr("Why, for everybody to read."))]


@Parameter(name="*")
@dataclass(frozen=True, kw_only=True)
class Step:
    """The options of every step."""

    by: By
    json: AsJson = False
    database: Database = None
    workspace: WorkspacePath = DEFAULT_WORKSPACE


@programme.command(name="draft", help=tr("Put a programme up for review."))
def draft_one(folder: ProgrammeName, *, step: Step) -> None:
    """Put a programme's files up for review by a second person."""
    text, expert = programme_texts(folder)
    _take(step, lambda transaction: draft(transaction, text, expert, by=step.by))


@programme.command(name="review", help=tr("Agree to a draft of somebody else's."))
def review_one(name: Name, version: VersionNumber, *, step: Step) -> None:
    """Agree to a draft of somebody else's."""
    _take(step, lambda transaction: take_programme_step(transaction, name, version, "review", by=step.by))


@programme.command(name="reject", help=tr("Send a draft back."))
def reject_one(name: Name, version: VersionNumber, *, reason: Reason, step: Step) -> None:
    """Send a draft back, with a reason."""
    _take(
        step, lambda transaction: take_programme_step(transaction, name, version, "reject", by=step.by, reason=reason)
    )


@programme.command(name="publish", help=tr("Put a reviewed version in force."))
def publish_one(name: Name, version: VersionNumber, *, step: Step) -> None:
    """Put a reviewed version in force; the one before is superseded."""
    _take(step, lambda transaction: take_programme_step(transaction, name, version, "publish", by=step.by))


@programme.command(name="withdraw", help=tr("Take a version out of force everywhere at once."))
def withdraw_one(name: Name, version: VersionNumber, *, reason: Reason, step: Step) -> None:
    """Take a version out of force everywhere at once, with a reason: nothing is answered from it any more."""
    _take(
        step, lambda transaction: take_programme_step(transaction, name, version, "withdraw", by=step.by, reason=reason)
    )


@programme.command(name="list", help=tr("Show every version and its state."))
def print_programmes(
    *, json: AsJson = False, database: Database = None, workspace: WorkspacePath = DEFAULT_WORKSPACE
) -> None:
    """Show every version and its state."""
    with open_registry(workspace, database) as registry:
        found = registry.do(versions)
    if json:
        print_json({"versions": [_plain(one) for one in found]})
        return
    table = table_of(
        tr("programme"), tr("version"), tr("state"), tr("drafted by"), tr("reviewed by"), tr("reason"), tr("law")
    )
    for one in found:
        ends = [one.reviewed_by or "", one.reason or "", one.law or ""]
        table.add_row(*map(escape, [one.name, one.version, one.state, one.drafted_by, *ends]))
    console.print(table)


def _take(step: Step, work: Callable[[WriteTransaction], Version]) -> None:
    with open_registry(step.workspace, step.database) as registry:
        version = registry.do(work)
    if step.json:
        print_json(_plain(version))
    else:
        console.print(f"{version.name} {version.version}: {version.state}")
        if version.law:
            console.print(version.law)


def _plain(version: Version) -> dict[str, Any]:
    return structs.asdict(version) | {"changed_at": instant_text(version.changed_at)}
