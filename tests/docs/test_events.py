"""Whatever the registry writes down or tells has a line in the guide, and the guide names nothing else."""

import re
from pathlib import Path

import pytest

from goodstanding.registry.log.line_kinds import LINE_KINDS, line_kind
from goodstanding.registry.notice_kinds import DELIVERY_KINDS, MESSAGE_KINDS, delivery_kind, message_kind

GUIDE = (Path(__file__).parents[2] / "docs" / "events.md").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("title", "kinds"),
    [
        ("Lines of the log", LINE_KINDS),
        ("Messages to a person", MESSAGE_KINDS),
        ("Deliveries to a firm", DELIVERY_KINDS),
    ],
)
def test_the_guide_names_every_kind_and_no_other(title: str, kinds: tuple[str, ...]) -> None:
    section = GUIDE.split(f"## {title}\n", 1)[1].split("\n## ", 1)[0]
    assert re.findall(r"^\| `([\w.]+)` \| \S", section, flags=re.MULTILINE) == sorted(kinds)


@pytest.mark.parametrize("named", [line_kind, message_kind, delivery_kind])
def test_a_kind_that_there_is_not_is_refused(named: object) -> None:
    assert callable(named)
    with pytest.raises(LookupError):
        named("person.praised")
