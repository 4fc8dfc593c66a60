"""How a score is defined: the programme file, its characteristics, and the programmes that are shipped."""

from goodstanding.programmes.characteristics import characteristics_sql, measures_read
from goodstanding.programmes.loading import (
    Definition,
    load_programme,
    programme_texts,
    read_definition,
    shipped_programmes,
)
from goodstanding.programmes.programme import (
    NOT_COMPUTED,
    Band,
    Ceiling,
    Characteristic,
    Coverage,
    Dimension,
    ExpertCard,
    Perk,
    Programme,
    Scale,
    said,
)

__all__ = [
    "NOT_COMPUTED",
    "Band",
    "Ceiling",
    "Characteristic",
    "Coverage",
    "Definition",
    "Dimension",
    "ExpertCard",
    "Perk",
    "Programme",
    "Scale",
    "characteristics_sql",
    "load_programme",
    "measures_read",
    "programme_texts",
    "read_definition",
    "said",
    "shipped_programmes",
]
