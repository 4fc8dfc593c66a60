"""The measures of ties, read from ties.toml beside this file: what characteristics may read beside statements."""

import tomllib
from collections.abc import Mapping
from importlib import resources
from types import MappingProxyType
from typing import cast

from goodstanding.engines import Formula, compile_characteristic, compile_measure
from goodstanding.errors import BadProgramme
from goodstanding.statements import DEALINGS, MEASURES, Measure
from goodstanding.wording import tr

_TEXT = (resources.files("goodstanding.relations") / "ties.toml").read_text(encoding="utf-8")
VERIFIED = "verified"


def load_ties(text: str) -> tuple[Mapping[str, Formula], Mapping[str, Measure]]:
    """The formulas of one tie, and the measures of a person's ties. Raises BadProgramme for what is no such formula."""
    declared = tomllib.loads(text)
    ties = {
        name: compile_characteristic(f"ties.toml, tie.{name}", sql, DEALINGS.measures)
        for name, sql in declared["tie"].items()
    }
    for name, formula in ties.items():
        if any(months is None for _, months in formula.months):
            raise BadProgramme(
                where=f"ties.toml, tie.{name}",
                found=declared["tie"][name],
                expected="within(n, ...)",
                do=tr("Say how far it looks back."),
            )
    # Whoever the other person is, is read too.
    fields = frozenset(DEALINGS.key[1:]).union(
        *(DEALINGS.measures[read].reads for formula in ties.values() for read in formula.reads)
    )
    measures: dict[str, Measure] = {}
    for name, sql in declared["person"].items():
        formula = compile_measure(f"ties.toml, person.{name}", sql, [*ties, VERIFIED])
        reads = fields | ({VERIFIED} & formula.reads)
        measures[name] = Measure(name, "transfers", formula.sql, reads, empty=None, adverse=False)
    return MappingProxyType(ties), MappingProxyType(measures)


TIES, TIE_MEASURES = load_ties(_TEXT)
# How many months of dealings a tie is seen from: each of its formulas says.
MONTHS_OF_TIES = max(cast("int", months) for formula in TIES.values() for _, months in formula.months)
KNOWN_MEASURES: Mapping[str, Measure] = MappingProxyType(dict(MEASURES) | dict(TIE_MEASURES))
