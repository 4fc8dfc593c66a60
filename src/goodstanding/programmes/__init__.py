"""How a score is defined: the programme file, its characteristics, and the programmes that are shipped."""

from goodstanding.programmes.characteristics import characteristics_sql, measures_read
from goodstanding.programmes.definition import Definition, load_programme, read_definition
from goodstanding.programmes.programme import (
    NOT_COMPUTED,
    Band,
    Ceiling,
    Coverage,
    DeclaredCharacteristic,
    DeclaredScale,
    Dimension,
    ExpertCard,
    Perk,
    Programme,
    in_language,
    no_law_sentence,
)
from goodstanding.programmes.programme_folder import jurisdictions_in, programme_texts, shipped_programmes

__all__ = [
    "NOT_COMPUTED",
    "Band",
    "Ceiling",
    "Coverage",
    "DeclaredCharacteristic",
    "DeclaredScale",
    "Definition",
    "Dimension",
    "ExpertCard",
    "Perk",
    "Programme",
    "characteristics_sql",
    "in_language",
    "jurisdictions_in",
    "load_programme",
    "measures_read",
    "no_law_sentence",
    "programme_texts",
    "read_definition",
    "shipped_programmes",
]
