"""The verb that serves the API: `serve`."""

from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit

from cyclopts import Parameter

from goodstanding.cli.options import DEFAULT_WORKSPACE, Database, WorkspacePath
from goodstanding.cli.output import console
from goodstanding.errors import BadInput
from goodstanding.registry import Writer, open_registry
from goodstanding.registry.addresses import check_addresses
from goodstanding.service.http.context import Desk
from goodstanding.service.http.ports import check_port
from goodstanding.service.server import serve_service
from goodstanding.store import Workspace
from goodstanding.wording import tr

DEFAULT_PORT = 8350


def serve(
    *,
    host: Annotated[
        str, Parameter(help=tr("The address to listen on; behind a proxy that speaks TLS, this machine's."))
    ] = "127.0.0.1",
    port: Annotated[int, Parameter(help=tr("The port to listen on."))] = DEFAULT_PORT,
    url: Annotated[
        str | None,
        Parameter(help=tr("The address that callers know, such as https://standing.example; this one if left out.")),
    ] = None,
    metrics_port: Annotated[
        int | None, Parameter(help=tr("A port of this machine on which Prometheus reads the numbers."))
    ] = None,
    private_webhooks: Annotated[
        bool, Parameter(negative="", help=tr("Call firms and witnesses also at addresses of this machine or network."))
    ] = False,
    database: Database = None,
    workspace: WorkspacePath = DEFAULT_WORKSPACE,
) -> None:
    """Serve the REST API under /v1, described in /v1/openapi.json, until interrupted; each request is logged."""
    issuer = (url or f"http://localhost:{port}").rstrip("/")
    if url is not None:
        check_addresses("--url", [issuer])
        if urlsplit(issuer)[2:] != ("", "", "") or issuer.endswith("?"):
            raise BadInput(
                where="--url", found=issuer, expected=tr("an address without a path"), do=tr("Leave the path out.")
            )
    check_port(port, host)
    if metrics_port == port:
        raise BadInput(
            where="--metrics-port", found=str(port), expected=tr("a free port"), do=tr("Choose another port.")
        )
    with open_registry(workspace, database) as registry, Writer(registry) as writer:
        console.print(tr("The API is at {url}/v1. Stop it with Ctrl-C.", url=issuer), soft_wrap=True)
        desk = Desk(registry, writer, Workspace(Path(workspace)), issuer)
        serve_service(desk, host, port, metrics_port, private_webhooks=private_webhooks)
