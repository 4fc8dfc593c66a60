"""Ports that can be listened on."""

import socket

from goodstanding.errors import NotReady
from goodstanding.wording import tr


def check_port(port: int, host: str) -> None:
    """Raise NotReady unless the port can be listened on."""
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except (OSError, OverflowError) as error:
            raise NotReady(
                where=f"{host}:{port}",
                found=str(error),
                expected=tr("a free port"),
                do=tr("Choose another with --port."),
            ) from error
