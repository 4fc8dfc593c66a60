"""The command line: `standing`."""

from goodstanding.cli.app import app, main

__all__ = ["app", "main"]
