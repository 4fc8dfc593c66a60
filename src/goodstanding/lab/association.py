"""Scoring by association: what the scores of those one is tied to would say. For synthetic people only.

Friends' scores dragged people down in the systems that used them, so nothing outside the lab reads this.
"""

from goodstanding.engines import Duck, Row, files
from goodstanding.law import check_lab_only
from goodstanding.months import Month
from goodstanding.records.synthetic_stamp import stamp_in_force
from goodstanding.relations import both_ways, ties_sql
from goodstanding.scoring.manifest import run_to_show, scores_files
from goodstanding.statements import PointInTime
from goodstanding.store import Workspace


def friends_scores(workspace: Workspace, programme: str, as_of: Month) -> list[Row]:
    """Of each person with scored friends: person_id, `friends` (how many) and `friends_score` (their mean score).

    Friends are all whom one is tied to; scores are those of the programme's latest run of the month. Raises
    AgainstTheLaw unless the records carry the lab's stamp, NotReady without a run.
    """
    check_lab_only(str(workspace.root), "friends_score", synthetic=stamp_in_force(workspace.catalogue) is not None)
    run = run_to_show(workspace, programme, as_of).run
    scores = files(scores_files(workspace, programme, as_of, run))
    with Duck() as duck:
        ties = ties_sql(PointInTime(workspace, duck, as_of))
        duck.keep("tied", f"SELECT DISTINCT person_id, other_person FROM ({ties})")
        return duck.rows(
            "SELECT b.person_id, count(*) AS friends, CAST(sum(s.score) AS DOUBLE) / count(*) AS friends_score "
            f"FROM ({both_ways('tied')}) AS b JOIN {scores} AS s ON s.person_id = b.other_person "
            "WHERE s.score IS NOT NULL GROUP BY b.person_id ORDER BY b.person_id"
        )
