"""Pages: a person's standing as one self-contained file, a local site that lists people by band, a consent asked."""

from collections.abc import Sequence

from litestar.handlers import HTTPRouteHandler

from goodstanding.service.pages import consent_request
from goodstanding.service.pages.local_site import local_site, serve_site
from goodstanding.service.pages.person_page import people_page, person_page

ROUTES: Sequence[HTTPRouteHandler] = consent_request.ROUTES

__all__ = ["ROUTES", "local_site", "people_page", "person_page", "serve_site"]
