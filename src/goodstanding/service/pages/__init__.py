"""Pages: a person's standing as one self-contained file, and a local site that lists people by band."""

from goodstanding.service.pages.app import check_port, local_site, serve
from goodstanding.service.pages.rendering import people_page, person_page

__all__ = ["check_port", "local_site", "people_page", "person_page", "serve"]
