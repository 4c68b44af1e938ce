"""Caches FastAPI's construction of routes, so that repeated boots are fast."""

import inspect
from contextlib import AbstractContextManager, nullcontext, suppress
from types import FunctionType
from typing import Any, get_args, get_origin
from unittest.mock import patch

from fastapi import params, routing
from fastapi.datastructures import DefaultPlaceholder
from pydantic.fields import FieldInfo
from starlette.routing import compile_path, get_name

_build = routing.APIRoute.__init__
_built: set[Any] = set()
PLAIN = {str, int, bool, type}  # most of what a route is made of


def taken() -> AbstractContextManager[Any]:
    """Make FastAPI's routes late while the block runs."""
    if hasattr(routing, "_EffectiveRouteContext"):  # 0.137 and newer: includes copy no route
        return nullcontext()
    late: dict[str, Any] = {name: vars(LateRoute)[name] for name in ("__init__", "__getattr__")}
    patched: AbstractContextManager[Any] = patch.multiple(routing.APIRoute, create=True, **late)
    return patched


def _frozen(value: Any) -> Any:
    """Return what two values have in common if FastAPI makes the same of both."""
    return value if value is None or type(value) in PLAIN else _taken_apart(value)


def _taken_apart(value: Any) -> Any:
    if isinstance(value, FunctionType):
        its = inspect.signature(value)
        each = [(part.name, part.annotation, part.default) for part in its.parameters.values()]
        value = value.__code__, each, its.return_annotation
    if isinstance(value, dict):
        return dict, *value, *map(_frozen, value.values())
    if isinstance(value, list | tuple | set):
        return type(value), *map(_frozen, value)
    if isinstance(value, FieldInfo | params.Depends | DefaultPlaceholder):
        return type(value), _frozen(value.__getstate__())
    if get_args(value):
        return get_origin(value), _frozen(get_args(value))
    with suppress(TypeError):
        hash(value)
        return value
    return object()  # it has no hash: equal to nothing


class LateRoute(routing.APIRoute):
    """A route built when it is asked, if one made of the same was built before in this process."""

    def __init__(self, path: str, endpoint: Any, **options: Any) -> None:
        """Build the route (a refused start is refused here too), or what matching it takes."""
        app = {"dependency_overrides_provider": None}  # has no say
        key = type(self), path, _frozen(endpoint), _frozen(options | app)
        if key not in _built:
            _build(self, path, endpoint, **options)
            _built.add(key)
            return
        self.__dict__.update(options, path=path, endpoint=endpoint, _options=options)
        self.path_regex, self.path_format, self.param_convertors = compile_path(path)
        self.name = options.get("name") or get_name(endpoint)
        self.methods = {method.upper() for method in options.get("methods") or ["GET"]}

    def __getattr__(self, name: str) -> Any:
        """Build the route now: the name is of what only a built route has."""
        if "_options" not in self.__dict__:
            raise AttributeError(name)
        _build(self, self.path, self.endpoint, **self.__dict__.pop("_options"))
        return getattr(self, name)
