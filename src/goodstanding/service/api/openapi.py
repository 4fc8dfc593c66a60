"""The specification made exact: bodies as they are checked, and no null where HTTP has none."""

from collections.abc import Iterator, Sequence
from inspect import cleandoc
from typing import Any, get_type_hints

import msgspec
from litestar import Request
from litestar.handlers import HTTPRouteHandler
from litestar.openapi.plugins import JsonRenderPlugin

from goodstanding.service.http.problems import MEDIA_TYPE

_PLACE = "#/components/schemas/{name}"
_NULL = {"type": "null"}
_OAUTH, _PROBLEM = ({"$ref": _PLACE.format(name=name)} for name in ("OAuthError", "Problem"))


class ExactJson(JsonRenderPlugin):
    """Tells the exact specification."""

    def __init__(self, path: str, handlers: Sequence[HTTPRouteHandler]) -> None:
        super().__init__(path=path)
        self.handlers = handlers

    def render(self, request: Request[Any, Any, Any], openapi_schema: dict[str, Any]) -> bytes:
        """The specification as JSON."""
        return super().render(request, exact(openapi_schema, self.handlers))


def exact(specified: dict[str, Any], handlers: Sequence[HTTPRouteHandler]) -> dict[str, Any]:
    """What the framework says of the routes, put right where it says less or more than they take."""
    bodies = [hints["data"] for hints in map(get_type_hints, (one.fn for one in handlers)) if "data" in hints]
    _, checked = msgspec.json.schema_components(bodies, ref_template=_PLACE)
    for shape in checked.values():
        shape["description"] = cleandoc(shape["description"])
    for operation in _operations(specified):
        for parameter in operation.get("parameters", ()):
            parameter["schema"] = _not_null(parameter["schema"])
        for response in operation["responses"].values():
            _split(response.get("content", {}))
    specified["components"]["schemas"] |= checked
    return specified


def _operations(specified: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for operations in specified["paths"].values():
        yield from operations.values()


def _not_null(schema: dict[str, Any]) -> dict[str, Any]:
    """A parameter is there or it is not."""
    kinds = schema.get("oneOf", [])
    if _NULL not in kinds:
        return schema
    (kind,) = [one for one in kinds if one != _NULL]
    return kind | {name: value for name, value in schema.items() if name != "oneOf"}


def _split(content: dict[str, Any]) -> None:
    """An error of RFC 6749 and a problem are of different media types."""
    for described in list(content.values()):
        if described["schema"].get("oneOf") == [_OAUTH, _PROBLEM]:
            content |= {"application/json": {"schema": _OAUTH}, MEDIA_TYPE: {"schema": _PROBLEM}}
