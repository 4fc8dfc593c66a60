"""The same measures of the graph as queries that an engine runs: for a graph that no one machine holds.

Each round's result is written to files before the next, so that a plan stays short and a lost worker costs one round.
"""

from collections.abc import Callable, Sequence
from pathlib import Path

from goodstanding.engines import Engine
from goodstanding.relations.graph.pagerank import AVERAGE_RANK, FOLLOWED, MOST_ROUNDS, OF, STILL


def graph_measures(engine: Engine, edges: str, scratch: Callable[[], Path]) -> str:
    """A relation of one row for each tied person: person_id, ties, component (its least person_id), core, rank.

    `edges` is a relation of person_id and other_person, each tie in both directions and once; `scratch` gives paths
    for files.
    """
    rounds = _Rounds(engine, scratch)
    degrees = rounds.stored(f"SELECT person_id, count(*) AS ties FROM {edges} AS e GROUP BY person_id")
    component, core, rank = (measure(rounds, edges, degrees) for measure in (_components, _cores, _ranks))
    return rounds.stored(
        "SELECT d.person_id, CAST(d.ties AS BIGINT) AS ties, c.component, CAST(k.core AS BIGINT) AS core, "
        f"CAST(r.rank AS BIGINT) AS rank FROM {degrees} AS d JOIN {component} AS c ON c.person_id = d.person_id "
        f"JOIN {core} AS k ON k.person_id = d.person_id JOIN {rank} AS r ON r.person_id = d.person_id"
    )


class _Rounds:
    """Queries kept in files, round by round."""

    def __init__(self, engine: Engine, scratch: Callable[[], Path]) -> None:
        self._engine = engine
        self._scratch = scratch
        self._paths: dict[str, Sequence[Path]] = {}

    def stored(self, sql: str) -> str:
        """The relation of a query's rows, computed now."""
        paths = self._engine.write(sql, ["person_id"], self._scratch()).paths
        relation = self._engine.files(paths)
        self._paths[relation] = paths
        return relation

    def fixed_point(self, first: str, step: Callable[[str], str], moved: str, still: int = 0, most: int = 1_000) -> str:
        """A relation that begins as a query and takes a step, round by round, until little moves or after `most`.

        `step` gives the query of the next round from the relation of this one; `moved` is an aggregate over the
        columns of both, `n` (now) and `t` (then), that is at most `still` at the end. What a round leaves is deleted.
        """
        now = self.stored(first)
        for _ in range(most):
            before = set(self._paths) - {now}
            then, now = now, self.stored(step(now))
            far = self._engine.value(f"SELECT {moved} FROM {now} AS n JOIN {then} AS t ON t.person_id = n.person_id")
            for relation in set(self._paths) - before - {now}:
                for path in self._paths.pop(relation):
                    path.unlink()
            if int(far or 0) <= still:
                break
        return now


def _components(rounds: _Rounds, edges: str, people: str) -> str:
    """FastSV (Zhang, Azad and Hu 2020): each looks at its neighbours' grandparents and takes the least.

    Rounds are about the logarithm of the longest way, not its length.
    """

    def step(now: str) -> str:
        # The least grandparent among neighbours, for oneself and for one's parent.
        seen = (
            f"SELECT e.person_id, min(o.grand) AS least FROM {edges} AS e JOIN {now} AS o "
            "ON o.person_id = e.other_person GROUP BY e.person_id"
        )
        hooked = (
            f"SELECT n.component AS person_id, min(s.least) AS least FROM {now} AS n JOIN ({seen}) AS s "
            "ON s.person_id = n.person_id GROUP BY n.component"
        )
        parents = rounds.stored(
            "SELECT n.person_id, least(n.component, n.grand, s.least, coalesce(h.least, n.component)) AS component "
            f"FROM {now} AS n JOIN ({seen}) AS s ON s.person_id = n.person_id "
            f"LEFT JOIN ({hooked}) AS h ON h.person_id = n.person_id"
        )
        return (
            f"SELECT n.person_id, n.component, g.component AS grand FROM {parents} AS n JOIN {parents} AS g "
            "ON g.person_id = n.component"
        )

    own = f"SELECT person_id, person_id AS component, person_id AS grand FROM {people} AS p"
    return rounds.fixed_point(own, step, "count(CASE WHEN n.component <> t.component OR n.grand <> t.grand THEN 1 END)")


def _cores(rounds: _Rounds, edges: str, degrees: str) -> str:
    """Each holds the greatest k so that k neighbours hold at least k, beginning with the degree, until none changes.

    Montresor, De Pellegrini and Miorandi, Distributed k-core decomposition (2013).
    """

    def step(now: str) -> str:
        ordered = (
            "SELECT e.person_id, o.core, row_number() OVER (PARTITION BY e.person_id ORDER BY o.core DESC) AS place "
            f"FROM {edges} AS e JOIN {now} AS o ON o.person_id = e.other_person"
        )
        return f"SELECT person_id, max(least(core, place)) AS core FROM ({ordered}) AS r GROUP BY person_id"

    degree = f"SELECT person_id, ties AS core FROM {degrees} AS d"
    return rounds.fixed_point(degree, step, "count(CASE WHEN n.core <> t.core THEN 1 END)")


def _ranks(rounds: _Rounds, edges: str, degrees: str) -> str:
    """Rounds of pagerank.py, with its rounding."""
    rank = whole(f"{(OF - FOLLOWED) * AVERAGE_RANK} + {FOLLOWED} * g.got", str(OF))

    def step(now: str) -> str:
        shares = f"SELECT person_id, {whole('rank', 'ties')} AS share FROM {now} AS n"
        got = (
            f"SELECT e.person_id, CAST(sum(s.share) AS BIGINT) AS got FROM {edges} AS e JOIN ({shares}) AS s "
            "ON s.person_id = e.other_person GROUP BY e.person_id"
        )
        return (
            f"SELECT n.person_id, {rank} AS rank, n.ties FROM {now} AS n JOIN ({got}) AS g ON g.person_id = n.person_id"
        )

    average = f"SELECT person_id, CAST({AVERAGE_RANK} AS BIGINT) AS rank, ties FROM {degrees} AS d"
    return rounds.fixed_point(average, step, "max(abs(n.rank - t.rank))", STILL, MOST_ROUNDS)


def whole(a: str, b: str) -> str:
    """SQL of the whole part of a / b, both BIGINT and not below 0, without a detour over what is not whole."""
    return f"CAST(({a}) // ({b}) AS BIGINT)"
