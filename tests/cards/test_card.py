"""A card as a file: whole, named by what it says, and found out when changed."""

import hashlib
from pathlib import Path

import msgspec
import pytest

from goodstanding.cards import Card, expert_card, latest_card, read_card, save_card
from goodstanding.errors import BadInput, NotFound
from goodstanding.programmes import Definition
from goodstanding.store import Workspace


def _keep(workspace: Workspace, card: Card) -> Path:
    """Keep a card; the path of its file."""
    with workspace.stage() as staging:
        version = save_card(staging, card)
    return workspace.root / "cards" / card.programme / f"{version}.json"


@pytest.fixture
def card(scored_town: Workspace) -> Card:
    """The card that was fitted on the town."""
    found = latest_card(scored_town, "sesame")
    assert found is not None
    return found


def test_a_card_comes_back_from_its_file_as_it_was(workspace: Workspace, card: Card) -> None:
    _keep(workspace, card)
    back = read_card(workspace, "sesame", card.version)
    assert back == card
    assert back.to_json() == card.to_json()


def test_a_card_written_by_hand_comes_back_from_its_file_with_its_name(
    workspace: Workspace, sesame: Definition
) -> None:
    card = expert_card(sesame)
    _keep(workspace, card)
    back = read_card(workspace, "sesame", card.version)
    assert back.version == card.version
    assert back.to_json() == card.to_json()


def test_a_cards_version_is_the_digest_of_its_file(workspace: Workspace, card: Card) -> None:
    path = _keep(workspace, card)
    assert path.stem == card.version == hashlib.sha256(path.read_bytes()).hexdigest()[:12]


def test_one_point_more_is_another_version(card: Card) -> None:
    assert msgspec.structs.replace(card, base=card.base + 1).version != card.version


def test_the_card_kept_last_is_the_latest_and_the_others_stay(
    workspace: Workspace, card: Card, sesame: Definition
) -> None:
    _keep(workspace, card)
    _keep(workspace, expert_card(sesame))
    assert latest_card(workspace, "sesame") == expert_card(sesame)
    assert read_card(workspace, "sesame", card.version) == card
    _keep(workspace, card)
    assert latest_card(workspace, "sesame") == card


def test_without_a_card_there_is_no_latest(workspace: Workspace) -> None:
    assert latest_card(workspace, "sesame") is None


def test_a_changed_card_file_is_found(workspace: Workspace, card: Card) -> None:
    path = _keep(workspace, card)
    path.write_bytes(path.read_bytes().replace(b'"base": ', b'"base": 1', 1))
    with pytest.raises(BadInput, match=str(path)):
        latest_card(workspace, "sesame")


def test_a_card_file_that_is_gone_is_named(workspace: Workspace, card: Card) -> None:
    path = _keep(workspace, card)
    path.unlink()
    with pytest.raises(BadInput, match=str(path)):
        latest_card(workspace, "sesame")


def test_a_version_that_there_is_not_is_named(workspace: Workspace) -> None:
    with pytest.raises(NotFound, match="abcdef012345"):
        read_card(workspace, "sesame", "abcdef012345")
