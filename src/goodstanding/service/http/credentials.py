"""Credentials: from what a request carries to the one Caller who sent it."""

from datetime import datetime

from goodstanding.registry import Registry
from goodstanding.registry.authentication import Caller, NotAuthenticated, read_token

MOST_KNOWN = 10_000


class BearerTokens:
    """Reads bearer tokens (RFC 6750). A signature is checked once, and a token is good until its end."""

    def __init__(self, registry: Registry, issuer: str) -> None:
        self.registry = registry
        self.issuer = issuer
        self._known: dict[str, tuple[Caller, datetime]] = {}

    def caller(self, header: str) -> Caller:
        """Who an Authorization header says calls. Raises NotAuthenticated."""
        scheme, _, token = header.partition(" ")
        if scheme.lower() != "bearer":
            raise NotAuthenticated
        now = self.registry.clock()
        known = self._known.get(token)
        if known is not None and known[1] > now:
            return known[0]
        caller, until = self._read(token, now)
        if len(self._known) >= MOST_KNOWN:
            self._known.clear()
        self._known[token] = caller, until
        return caller

    def _read(self, token: str, now: datetime) -> tuple[Caller, datetime]:
        keys = self.registry.keys
        try:
            return read_token(keys.keyring, self.issuer, token, now)
        except NotAuthenticated:
            # Another process of the service may have signed it with a key that is newer than those read here.
            if not keys.read_again():
                raise
            return read_token(keys.keyring, self.issuer, token, now)
