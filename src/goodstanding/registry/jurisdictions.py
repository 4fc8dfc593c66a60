"""The law that holds for a person: a shipped pack, or one that a programme in force brought with it."""

import tomllib
from collections.abc import Mapping
from datetime import datetime
from functools import lru_cache
from typing import Any, cast

from sqlalchemy import Connection, case, select

from goodstanding.errors import NotFound
from goodstanding.law import LawInForce, Pack, load_packs, read_pack
from goodstanding.months import day_of
from goodstanding.registry.database.schema import programmes
from goodstanding.wording import tr

# A person keeps the law they joined under also when its programme is over.
_ONCE_IN_FORCE = ("published", "superseded", "withdrawn")


def law_of(connection: Connection, jurisdiction: str, moment: datetime) -> LawInForce:
    """What the law of a person's jurisdiction says on the day of a moment.

    Of several programmes that brought its pack, that of the last one in force holds.

    Raises NotFound if there is none, as for `none`: nobody's rights rest on no law.
    """
    shipped = load_packs()
    if jurisdiction in shipped:
        return shipped[jurisdiction].on(day_of(moment))
    query = (
        select(programmes.c.text)
        .where(programmes.c.state.in_(_ONCE_IN_FORCE))
        .order_by(case((programmes.c.state == "published", 0), else_=1), programmes.c.changed_at.desc())
    )
    brought: dict[str, Pack] = {}
    for text in connection.scalars(query):
        brought = {**_packs_in(text), **brought}
    if jurisdiction in brought:
        return brought[jurisdiction].on(day_of(moment))
    names = ", ".join([*shipped, *sorted(brought)])
    raise NotFound(
        where="jurisdiction",
        found=jurisdiction,
        expected=tr("one of {names}", names=names),
        do=tr("Name one that exists."),
    )


@lru_cache(maxsize=64)
def _packs_in(text: str) -> Mapping[str, Pack]:
    """The packs that a programme which was in force brought with it."""
    own = cast("Mapping[str, Mapping[str, Any]]", tomllib.loads(text).get("law", {}))
    return {name: read_pack(f"law.{name}", name, data) for name, data in own.items()}
