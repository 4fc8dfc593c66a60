"""Addresses on the web that a firm registers: where an answer leads back to, and where it is told things."""

from collections.abc import Sequence
from urllib.parse import urlsplit

from goodstanding.errors import BadInput
from goodstanding.wording import tr

MOST = 20
LONGEST = 2000
_HERE = ("127.0.0.1", "localhost", "::1")


def check_addresses(field: str, addresses: Sequence[str]) -> list[str]:
    """Addresses with https, or of this machine, each once. Raises BadInput for any other."""
    for one in addresses:
        if not _good(one):
            expected = tr("an address with https and no fragment")
            raise BadInput(where=field, found=ascii(one[:LONGEST]), expected=expected, do=tr("Correct the field."))
    if len(addresses) > MOST:
        raise BadInput(
            where=field,
            found=str(len(addresses)),
            expected=tr("at most {most}", most=MOST),
            do=tr("Correct the field."),
        )
    return sorted(set(addresses))


def _good(address: str) -> bool:
    plain = address.isascii() and address.isprintable() and not set(address) & set(' \\"<>^`{|}')
    if len(address) > LONGEST or not plain:
        return False
    try:
        parts = urlsplit(address)
        _ = parts.port  # read only when it is asked for
    except ValueError:
        return False
    known = parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in _HERE)
    return known and bool(parts.hostname) and "#" not in address and "@" not in parts.netloc
