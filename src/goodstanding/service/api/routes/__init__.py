"""The routes, by what they are about: every file of this folder has some, in its ROUTES."""

from collections.abc import Sequence
from importlib import import_module
from pkgutil import iter_modules

from litestar.handlers import HTTPRouteHandler

ROUTES: Sequence[HTTPRouteHandler] = [
    handler for found in iter_modules(__path__) for handler in import_module(f"{__name__}.{found.name}").ROUTES
]
