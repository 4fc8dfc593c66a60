"""The command line: `standing`."""

from goodstanding.cli.app import app, main
from goodstanding.cli.pages import demo, page

__all__ = ["app", "demo", "main", "page"]
