"""The REST API: everything that the registry does, over HTTP, for whoever may have it done."""

from goodstanding.service.api.app import build_api
from goodstanding.service.http.context import Desk, RateLimits
from goodstanding.service.server import serve_api

__all__ = ["Desk", "RateLimits", "build_api", "serve_api"]
