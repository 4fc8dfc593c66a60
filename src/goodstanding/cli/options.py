"""Options that verbs share."""

from pathlib import Path
from typing import Annotated, TypeAlias

from cyclopts import Parameter

from goodstanding.wording import Language as Spoken
from goodstanding.wording import tr

DEFAULT_WORKSPACE = Path("standing")

WorkspacePath: TypeAlias = Annotated[Path, Parameter(name="--workspace", help=tr("The workspace folder."))]
AsJson: TypeAlias = Annotated[bool, Parameter(name="--json", negative="", help=tr("Print one JSON object."))]
AsOf: TypeAlias = Annotated[
    str | None,
    Parameter(name="--as-of", help=tr("The month to answer for, as YYYY-MM; the last one scored if left out.")),
]
ProgrammeName: TypeAlias = Annotated[
    str, Parameter(help=tr("A programme that is shipped, or a folder with a programme.toml."))
]
People: TypeAlias = Annotated[int, Parameter(help=tr("How many people."))]
Months: TypeAlias = Annotated[int, Parameter(help=tr("How many months."))]
Seed: TypeAlias = Annotated[int, Parameter(help=tr("The same seed gives the same town."))]
Language: TypeAlias = Annotated[Spoken | None, Parameter(help=tr("The language of what is said."))]
Database: TypeAlias = Annotated[
    str | None,
    Parameter(
        env_var="STANDING_DATABASE",
        help=tr("The registry's database as a URL; registry.db in the workspace if left out."),
    ),
]
By: TypeAlias = Annotated[str, Parameter(help=tr("Who does it, as the log will say."))]
Memory: TypeAlias = Annotated[
    str | None,
    Parameter(help=tr("The most memory to take, such as 2GB: more is spilled to disk; on Spark, of each executor.")),
]
