"""Opening the engine that was asked for."""

from pathlib import Path
from typing import Literal, TypeAlias

from goodstanding.engines.duck import Duck
from goodstanding.engines.engine import Engine
from goodstanding.engines.spark import Spark
from goodstanding.errors import BadInput
from goodstanding.wording import tr

EngineName: TypeAlias = Literal["duckdb", "spark"]


def open_engine(
    engine: EngineName = "duckdb", master: str | None = None, memory: str | None = None, spill: Path | None = None
) -> Engine:
    """DuckDB, spilling into `spill` beyond `memory`, or Spark at a master; to be closed by `with`.

    Raises BadInput for a master without Spark, Spark without a master, or what is no amount of memory, and NotReady
    where Spark cannot start.
    """
    if engine == "spark":
        if not master:
            raise BadInput(
                where="--master",
                found=tr("nothing"),
                expected=tr("a Spark master"),
                do=tr("Add one, such as local[2] or spark://HOST:7077."),
            )
        return Spark(master, memory)
    if master:
        raise BadInput(
            where="--master",
            found=master,
            expected=tr("--engine spark with it"),
            do=tr("Add --engine spark, or leave it out."),
        )
    return Duck(memory, spill)
