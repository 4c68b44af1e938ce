"""What a boot need not do again, so that a hundred boots cost what forty would.

Two libraries below the stack are told to work faster, neither of them to work otherwise: a route
that was built once in this process is built again only when a request asks for it, and YAML goes
through PyYAML's C half. The stack itself does in every boot all that it does.
"""

from __future__ import annotations

from functools import cache, lru_cache
from typing import Any

import yaml
from fastapi import APIRouter
from fastapi.routing import APIRoute
from starlette.routing import compile_path

_built: set[tuple[str, Any]] = set()


@cache
def take() -> None:
    """Take the shortcuts, from now on and for this process."""
    defaults: dict[str, Any] = APIRouter.__init__.__kwdefaults__ or {}
    defaults["route_class"] = LateRoute
    if yaml.__with_libyaml__:
        vars(yaml)["SafeLoader"] = yaml.CSafeLoader
        yaml.dump.__defaults__ = (None, yaml.CDumper)


_matching = lru_cache(maxsize=1024)(compile_path)


class LateRoute(APIRoute):
    """A route that works out its parameters when it must answer, if it did so before.

    Building all routes took three quarters of a boot, and a check asks for two or three of them.
    The first time a route is seen it is built at once, so that a release whose routes cannot be
    built refuses to boot here as it does elsewhere.
    """

    def __init__(self, path: str, endpoint: Any, **options: Any) -> None:
        """Build the route, or only what matching a request takes."""
        made_of = (path, getattr(endpoint, "__code__", endpoint))
        if made_of not in _built:
            super().__init__(path, endpoint, **options)
            _built.add(made_of)
            return
        self.path, self.endpoint = path, endpoint
        self.path_regex, self.path_format, self.param_convertors = _matching(path)
        self.methods = {method.upper() for method in options.get("methods") or ["GET"]}
        self._options = options

    def __getattr__(self, name: str) -> Any:
        """Return what only a built route has; what the route is made of is known before."""
        options = self.__dict__.get("_options")
        if options is None:
            raise AttributeError(name)
        if name in options:
            return options[name]
        self._build()
        return getattr(self, name)

    def _build(self) -> None:
        options = self.__dict__.pop("_options", None)
        if options is not None:
            super().__init__(self.path, self.endpoint, **options)

    async def handle(self, scope: Any, receive: Any, send: Any) -> None:
        """Answer a request that matches."""
        self._build()
        await super().handle(scope, receive, send)
