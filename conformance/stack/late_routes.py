"""Caches FastAPI's construction of routes, so that repeated boots are fast.

A route that was built once in this process is built again only when a request asks for it.
"""

from __future__ import annotations

from functools import cache
from typing import Any

from fastapi.routing import APIRoute
from starlette.routing import compile_path, get_name

_build = APIRoute.__init__
_built: set[tuple[str, Any]] = set()


@cache
def take() -> None:
    """Take the shortcuts, from now on and for this process."""
    for name in ("__init__", "__getattr__"):  # in place, for the stack has route classes of its own
        setattr(APIRoute, name, vars(LateRoute)[name])


def _key(path: str, endpoint: Any) -> tuple[str, Any]:
    return path, getattr(endpoint, "__code__", endpoint)


class LateRoute(APIRoute):
    """A route that works out its parameters when it must answer, if it did so before.

    Building all routes took three quarters of a boot, and a check asks for two or three of them.
    The first time a route is seen it is built at once, so that a release whose routes cannot be
    built refuses to boot here as it does elsewhere.
    """

    def __init__(self, path: str, endpoint: Any, **options: Any) -> None:
        """Build the route, or only what matching a request takes."""
        key = _key(path, endpoint)
        if key not in _built:
            _build(self, path, endpoint, **options)
            _built.add(key)
            return
        self._options = options
        self.__dict__.update(options, path=path, endpoint=endpoint)
        self.path_regex, self.path_format, self.param_convertors = compile_path(path)
        self.name = options.get("name") or get_name(endpoint)
        self.methods = {method.upper() for method in options.get("methods") or ["GET"]}

    def __getattr__(self, name: str) -> Any:
        """Return what only a built route has; what the route is made of is known before."""
        options = self.__dict__.pop("_options", None)
        if options is None:
            raise AttributeError(name)
        _build(self, self.path, self.endpoint, **options)
        return getattr(self, name)
