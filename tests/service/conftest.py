"""A hamlet that is scored, with a few odd ids; and pages read back as a browser would."""

from collections.abc import Callable
from dataclasses import dataclass, field
from html.parser import HTMLParser

import pytest

from goodstanding.lab import build_town
from goodstanding.months import today
from goodstanding.programmes import Definition
from goodstanding.records import folder_feeds, load
from goodstanding.records.synthetic_stamp import read_stamp
from goodstanding.scoring import score_month
from goodstanding.statements import build_statements
from goodstanding.store import Workspace

ODD_IDS = [
    "a/b",
    "../../etc/passwd",
    "a?b#c",
    "50%2F50",
    "<script>alert(1)</script>",
    "\"'><b>x",
    "王 小明",
    "a\\",
    ".",
]
VOID = {"meta", "br", "link", "img", "hr", "input", "base", "col", "source"}


@dataclass
class Element:
    """An element: its name, attributes, and all the text inside it."""

    tag: str
    attributes: dict[str, str]
    text: str = ""


@dataclass
class Page(HTMLParser):
    """A page's elements in order, and what is wrong with its nesting."""

    elements: list[Element] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)
    open: list[Element] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        element = self._add(tag, attrs)
        if tag not in VOID:
            self.open.append(element)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._add(tag, attrs)

    def handle_endtag(self, tag: str) -> None:
        if not self.open or self.open[-1].tag != tag:
            self.wrong.append(f"</{tag}> at {self.getpos()} inside {[e.tag for e in self.open]}")
        else:
            self.open.pop()

    def handle_data(self, data: str) -> None:
        for element in self.open:
            element.text += data

    def _add(self, tag: str, attrs: list[tuple[str, str | None]]) -> Element:
        if len({name for name, _ in attrs}) < len(attrs):
            self.wrong.append(f"<{tag}> has an attribute twice")
        self.elements.append(Element(tag, {name: value or "" for name, value in attrs}))
        return self.elements[-1]

    def all(self, *tags: str) -> list[Element]:
        """The elements of these names, in order."""
        return [element for element in self.elements if element.tag in tags]

    def texts(self, *tags: str) -> list[str]:
        """Their texts, with white space as a browser shows it."""
        return [" ".join(element.text.split()) for element in self.all(*tags)]


@pytest.fixture(scope="session")
def parsed() -> Callable[[str], Page]:
    """Read a page."""

    def read(text: str) -> Page:
        page = Page()
        page.feed(text)
        page.close()
        page.wrong += [f"<{element.tag}> is not closed" for element in page.open]
        return page

    return read


@pytest.fixture(scope="session")
def odd_ids() -> list[str]:
    """Ids that a file may hold and an address or a page may stumble over."""
    return ODD_IDS


@pytest.fixture(scope="session")
def hamlet(tmp_path_factory: pytest.TempPathFactory, sesame: Definition) -> Workspace:
    """Twenty synthetic people and those with odd ids, scored with the expert card for two months."""
    folder = tmp_path_factory.mktemp("hamlet")
    town = build_town(folder / "town", people=20, months=18)
    stamp = read_stamp(town.folder)
    ids = [id_.replace('"', '""') for id_ in ODD_IDS]
    rows = [f'"{id_}",join-{i},{town.first.first_day},{town.first.first_day},test\n' for i, id_ in enumerate(ids)]
    (folder / "people.csv").write_text("person_id,record_id,happened_on,known_on,source\n" + "".join(rows))
    room = Workspace(folder / "standing")
    load(room, folder_feeds(town.folder), today(), strict=True, stamp=stamp)
    load(room, folder_feeds(folder / "people.csv"), today(), strict=True, stamp=stamp)
    build_statements(room)
    for month in (town.last.plus(-1), town.last):
        score_month(room, sesame, month, today())
    return room
