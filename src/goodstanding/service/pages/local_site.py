"""The local site: people by band, and each person's page. On loopback only, and of synthetic people only."""

from typing import Annotated

import uvicorn
from litestar import Litestar, MediaType, Response, get
from litestar.config.allowed_hosts import AllowedHostsConfig
from litestar.datastructures import MutableScopeHeaders
from litestar.params import QueryParameter
from litestar.types import Message, Scope

from goodstanding.engines import Duck, files
from goodstanding.errors import NotFound, NotReady
from goodstanding.months import Month
from goodstanding.programmes import Definition
from goodstanding.records.synthetic_stamp import stamp_in_force
from goodstanding.scoring import standing_of
from goodstanding.scoring.manifest import run_to_show, scores_files
from goodstanding.service.http.ports import check_port
from goodstanding.service.pages.person_page import Listed, people_page, person_page
from goodstanding.store import Workspace
from goodstanding.wording import language, tr, use_language

HOST = "127.0.0.1"
DEFAULT_PORT = 8350
MOST_LISTED = 600
_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'",
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "no-store",
}


async def _protect(message: Message, _: Scope) -> None:
    """Every answer carries the protecting headers, also one that found no route."""
    if message["type"] == "http.response.start":
        headers = MutableScopeHeaders.from_message(message)
        for header, value in _HEADERS.items():
            headers[header] = value


def local_site(workspace: Workspace, definition: Definition, port: int = DEFAULT_PORT) -> Litestar:
    """The site over a workspace of synthetic people, to be served on a port.

    Raises NotReady for real ones: their pages need their consent.
    """
    if not stamp_in_force(workspace.catalogue):
        raise NotReady(
            where=str(workspace.root),
            found=tr("records of real people"),
            expected=tr("synthetic people"),
            do=tr("Use `{verb}` for one person.", verb="standing page PERSON"),
        )
    tongue = language()

    @get("/", media_type=MediaType.HTML, sync_to_thread=True)
    def people() -> str:
        with use_language(tongue):
            return _people(workspace, definition)

    @get("/person", media_type=MediaType.HTML, sync_to_thread=True)
    def person(person: Annotated[str, QueryParameter(name="id")]) -> Response[str]:
        with use_language(tongue):
            try:
                return Response(person_page(standing_of(workspace, definition, person), definition.programme, home="/"))
            except NotFound as error:
                return Response(str(error), status_code=404, media_type=MediaType.TEXT)

    # Another name that leads here is a page elsewhere trying to read this one (DNS rebinding).
    allowed = AllowedHostsConfig(allowed_hosts=[f"{host}:{port}" for host in (HOST, "localhost")])
    return Litestar([people, person], allowed_hosts=allowed, before_send=[_protect], openapi_config=None)


def _people(workspace: Workspace, definition: Definition) -> str:
    programme = definition.programme
    manifest = run_to_show(workspace, programme.name)
    month = Month.parse(manifest.basis.as_of)
    scores = files(scores_files(workspace, programme.name, month, manifest.run))
    with Duck() as duck:
        place = "row_number() OVER (PARTITION BY band ORDER BY score DESC, person_id) AS place"
        placed = f"SELECT person_id, score, band, {place} FROM {scores}"
        rows = duck.rows(f"SELECT * FROM ({placed}) WHERE place <= {MOST_LISTED} ORDER BY place")
        counts = {
            row["band"]: int(row["n"]) for row in duck.rows(f"SELECT band, count(*) AS n FROM {scores} GROUP BY band")
        }
    people: dict[str | None, list[Listed]] = {}
    for row in rows:
        people.setdefault(row["band"], []).append(Listed(row["person_id"], row["score"]))
    return people_page(programme, month, people, counts)


def serve_site(site: Litestar, port: int) -> None:
    """Serve the site on loopback until interrupted. Raises NotReady if the port cannot be listened on."""
    check_port(port, HOST)
    uvicorn.run(site, host=HOST, port=port, log_level="warning")
