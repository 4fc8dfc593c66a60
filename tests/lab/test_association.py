"""Friends' scores: computed for synthetic people, refused for anybody else."""

from dataclasses import replace

import pytest

from goodstanding.engines import Duck, files
from goodstanding.errors import AgainstTheLaw
from goodstanding.lab.association import friends_scores
from goodstanding.months import Month
from goodstanding.relations import ties_sql
from goodstanding.scoring.manifest import run_to_show, scores_files
from goodstanding.statements import PointInTime
from goodstanding.store import Workspace
from goodstanding.store.catalogue import Catalogue

MONTH = Month.parse("2024-12")


def test_friends_scores_are_the_mean_of_those_one_is_tied_to(scored_town: Workspace) -> None:
    run = run_to_show(scored_town, "sesame", MONTH).run
    with Duck() as duck:
        paths = files(scores_files(scored_town, "sesame", MONTH, run))
        scores = {row["person_id"]: row["score"] for row in duck.rows(f"SELECT person_id, score FROM {paths}")}
        point = PointInTime(scored_town, duck, MONTH)
        ties = [(r["person_id"], r["other_person"]) for r in duck.rows(ties_sql(point))]
    expected = {}
    for person in scores:
        friends = {b for a, b in ties if a == person} | {a for a, b in ties if b == person}
        known = [scores[friend] for friend in friends if scores[friend] is not None]
        if known:
            expected[person] = (len(known), pytest.approx(sum(known) / len(known)))
    found = friends_scores(scored_town, "sesame", MONTH)
    assert {row["person_id"]: (row["friends"], row["friends_score"]) for row in found} == expected
    assert len(expected) > 200


def test_friends_scores_of_real_people_are_refused_by_law(
    scored_town: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    catalogue = scored_town.catalogue
    real = replace(catalogue, values={k: v for k, v in catalogue.values.items() if k != "synthetic"})
    monkeypatch.setattr(Workspace, "catalogue", property(lambda _: real))
    assert isinstance(real, Catalogue)
    with pytest.raises(AgainstTheLaw, match=r"friends' scores; expected synthetic people, in the lab \(Measures for"):
        friends_scores(scored_town, "sesame", MONTH)
