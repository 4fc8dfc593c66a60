"""The engines: the only room that knows DuckDB and Spark, and the vocabulary that both run."""

from goodstanding.engines.columnar import scan_parquet
from goodstanding.engines.dialects import in_dialect
from goodstanding.engines.duck import Duck
from goodstanding.engines.engine import Engine, Row, Written
from goodstanding.engines.opening import EngineName, open_engine
from goodstanding.engines.reading import Rejected, scan_csv
from goodstanding.engines.results import WHOLE, added_up_in, results_of, texts_in
from goodstanding.engines.spilling import remove_spilled, spill_folder
from goodstanding.engines.sql import files, literal, name, relation_name, texts
from goodstanding.engines.vocabulary import (
    Formula,
    compile_characteristic,
    compile_condition,
    compile_measure,
    compile_read,
    names_in,
)
from goodstanding.engines.words import Counted, furnished_sql, on_file_sql

__all__ = [
    "WHOLE",
    "Counted",
    "Duck",
    "Engine",
    "EngineName",
    "Formula",
    "Rejected",
    "Row",
    "Written",
    "added_up_in",
    "compile_characteristic",
    "compile_condition",
    "compile_measure",
    "compile_read",
    "files",
    "furnished_sql",
    "in_dialect",
    "literal",
    "name",
    "names_in",
    "on_file_sql",
    "open_engine",
    "relation_name",
    "remove_spilled",
    "results_of",
    "scan_csv",
    "scan_parquet",
    "spill_folder",
    "texts",
    "texts_in",
]
