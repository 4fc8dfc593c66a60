"""Pages: a person's standing as one self-contained file, and a local site that lists people by band."""

from goodstanding.service.pages.environment import people_page, person_page
from goodstanding.service.pages.local_site import check_port, local_site, serve_site

__all__ = ["check_port", "local_site", "people_page", "person_page", "serve_site"]
