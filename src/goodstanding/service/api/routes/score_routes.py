"""A person's scores, the proof of each, and the full report with its sources."""

from datetime import timedelta
from typing import Annotated, Any

from litestar.params import PathParameter, QueryParameter
from msgspec import Struct

from goodstanding.errors import NotFound, NotReady
from goodstanding.programmes import Definition
from goodstanding.registry import ReadTransaction
from goodstanding.registry.people.leavers import came_back_early
from goodstanding.registry.people.record_ids import record_id_of
from goodstanding.registry.programme_versions import published
from goodstanding.registry.rights import Access, access_log, cases_of
from goodstanding.registry.scores import PublishedScore, prove_score, scores_of
from goodstanding.scoring import standing_of
from goodstanding.service.api.routes.case_routes import CaseShape, case_shape
from goodstanding.service.api.routes.log_routes import InclusionShape, inclusion_shape
from goodstanding.service.http.context import ApiRequest, desk_of, id_of
from goodstanding.service.http.route import route

NAME = "^[a-z][a-z0-9_]{0,62}$"
ProgrammeName = Annotated[str, PathParameter(pattern=NAME)]
AsOf = Annotated[str, PathParameter(pattern=r"^[0-9]{4}-(0[1-9]|1[0-2])$")]
# The law asks for the last year's; what is older is in the access log.
REPORTED = timedelta(days=366)
MOST_REPORTED = 10_000


class Scores(Struct):
    """A person's scores, the latest month last; of a month scored again, the latest run."""

    items: list[PublishedScore]


class ProofShape(Struct):
    """What verifies a score (RFC 9162): its leaf is the hash of `secret` and `score`; hashes are in hex."""

    score: dict[str, Any]
    secret: str
    publication: str
    place: int
    people: int
    path: list[str]
    root: str
    published: InclusionShape


class Report(Struct):
    """All of it: the standing with its sources, each access of the last year, every case.

    The standing is null where not scored yet, also for who left and came back before all of theirs was erased.
    """

    programme: str
    standing: dict[str, Any] | None
    accesses: list[Access]
    cases: list[CaseShape]


@route("GET", "/v1/me/scores", allowed={"person"})
async def list_scores(request: ApiRequest) -> Scores:
    """My scores."""
    return Scores(await desk_of(request).read(lambda transaction: scores_of(transaction, id_of(request))))


@route("GET", "/v1/me/scores/{programme:str}/{as_of:str}/proof", allowed={"person"}, raises={404})
async def score_proof(request: ApiRequest, programme: ProgrammeName, as_of: AsOf) -> ProofShape:
    """The proof that my score is the one that was published, and was never changed."""
    desk = desk_of(request)
    # It hashes everybody's leaves: as long as a report.
    async with desk.reports:
        found = await desk.read(lambda transaction: prove_score(transaction, id_of(request), programme, as_of))
    return ProofShape(
        score={**found.score, "person_id": str(found.score["person_id"])},
        secret=found.secret,
        publication=str(found.publication),
        place=found.place,
        people=found.people,
        path=[one.hex() for one in found.path],
        root=found.root.hex(),
        published=inclusion_shape(found.published),
    )


@route("GET", "/v1/me/report", allowed={"person"}, raises={404, 409})
async def report(
    request: ApiRequest, programme: Annotated[str, QueryParameter(name="programme", pattern=NAME)] = "sesame"
) -> Report:
    """My full report: the score and why, from which records, who asked, what is contested."""
    desk, person = desk_of(request), id_of(request)

    def read(transaction: ReadTransaction) -> tuple[Definition, str, list[Access], list[CaseShape]]:
        record = record_id_of(transaction, person)
        uses = access_log(transaction.connection, person, most=MOST_REPORTED)
        lately = [use for use in uses if use.at > transaction.now - REPORTED]
        return (
            published(transaction, programme),
            record,
            lately,
            [case_shape(one) for one in cases_of(transaction, person)],
        )

    definition, record, accesses, own_cases = await desk.read(read)

    def stand(transaction: ReadTransaction) -> dict[str, Any] | None:
        if person in came_back_early(transaction.connection, transaction.keyring, []):
            return None  # the files hold what was before, which is to be erased
        try:
            return standing_of(desk.workspace, definition, record).to_json()
        except (NotFound, NotReady):
            return None

    async with desk.reports:
        return Report(programme, await desk.read(stand), accesses, own_cases)


ROUTES = (list_scores, score_proof, report)
