"""The engines: the only room that knows DuckDB and Spark, and the vocabulary that both run."""

from goodstanding.engines.columnar import scan_parquet
from goodstanding.engines.dialects import in_dialect
from goodstanding.engines.duck import Duck
from goodstanding.engines.engine import Engine, Row, Written
from goodstanding.engines.opening import EngineName, open_engine
from goodstanding.engines.reading import Rejected, scan_csv
from goodstanding.engines.spilling import remove_spilled
from goodstanding.engines.sql import files, literal, name, texts
from goodstanding.engines.vocabulary import (
    Formula,
    compile_characteristic,
    compile_condition,
    compile_measure,
    names_in,
)

__all__ = [
    "Duck",
    "Engine",
    "EngineName",
    "Formula",
    "Rejected",
    "Row",
    "Written",
    "compile_characteristic",
    "compile_condition",
    "compile_measure",
    "files",
    "in_dialect",
    "literal",
    "name",
    "names_in",
    "open_engine",
    "remove_spilled",
    "scan_csv",
    "scan_parquet",
    "texts",
]
