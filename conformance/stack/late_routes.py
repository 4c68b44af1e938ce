"""What a boot need not do again, so that a hundred boots cost what forty would.

Three libraries below the stack are told to work faster, none of them to work otherwise: a route
that was built once in this process is built again only when a request asks for it, YAML goes
through PyYAML's C half, and a logger that is set to the level it has stays as it is. The stack
itself does in every boot all that it does.
"""

from __future__ import annotations

import ctypes
import gc
import logging
import sys
from functools import cache, lru_cache
from typing import Any

import yaml
from fastapi import routing
from fastapi.routing import APIRoute
from starlette.routing import compile_path, get_name

M_ARENA_MAX = -8  # of glibc's malloc.h

_build = APIRoute.__init__
_set_level = logging.Logger.setLevel
_matching = lru_cache(maxsize=1024)(compile_path)
_built: set[tuple[str, Any]] = set()
# From 0.137 on FastAPI builds a route of an included router once more, with the router's prefix.
_Context: Any = getattr(routing, "_EffectiveRouteContext", object)


@cache
def take() -> None:
    """Take the shortcuts, from now on and for this process."""
    for name in ("__init__", "__getattr__"):  # in place, for the stack has route classes of its own
        setattr(APIRoute, name, vars(LateRoute)[name])
    if _Context is not object:
        LateContext.from_the_start = _Context.from_api_route
        _Context.from_api_route = LateContext.or_built
    if yaml.__with_libyaml__:
        vars(yaml)["SafeLoader"] = yaml.CSafeLoader
        yaml.dump.__defaults__ = (None, yaml.CDumper)
    setattr(logging.Logger, _set_level.__name__, _set_level_if_new)
    gc.freeze()  # what is imported by now stays, so nobody need search it for garbage
    if sys.platform == "linux":
        _share_memory()


def _set_level_if_new(logger: logging.Logger, level: int | str) -> None:
    """Set a logger's level; newer releases do so for all loggers there are, in every boot.

    Each time, logging forgets what it knows of every other logger.
    """
    if level not in {logger.level, logging.getLevelName(logger.level)}:
        _set_level(logger, level)


def _share_memory() -> None:
    """Let all threads allocate from one place: glibc keeps one for each, and boots begin many."""
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is not None:
        mallopt(M_ARENA_MAX, 1)


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
        self.path_regex, self.path_format, self.param_convertors = _matching(path)
        self.name = options.get("name") or get_name(endpoint)
        self.methods = {method.upper() for method in options.get("methods") or ["GET"]}

    def __getattr__(self, name: str) -> Any:
        """Return what only a built route has; what the route is made of is known before."""
        options = self.__dict__.pop("_options", None)
        if options is None:
            raise AttributeError(name)
        _build(self, self.path, self.endpoint, **options)
        return getattr(self, name)


class LateContext(_Context):  # type: ignore[misc] # FastAPI keeps it to itself
    """The same for a route as an included router has it."""

    from_the_start: Any
    LATE = frozenset(
        {
            *("original_route", "path", "path_regex", "path_format", "param_convertors"),
            *("methods", "name", "endpoint", "starlette_route"),
        }
    )

    @classmethod
    def or_built(cls, *, original_route: APIRoute, include_context: Any) -> Any:
        """Return the context of a route, built if it was not seen before."""
        path = include_context.path_for(original_route)
        made_of = {"original_route": original_route, "include_context": include_context}
        key = _key(f"included {path}", original_route.endpoint)
        if key not in _built:
            context = cls.from_the_start(**made_of)
            _built.add(key)
            return context
        late = cls.__new__(cls)
        regex, plain, convertors = _matching(path)
        late.__dict__.update(
            original_route=original_route,
            starlette_route=None,  # as every route of FastAPI's own
            path=path,
            path_regex=regex,
            path_format=plain,
            param_convertors=convertors,
            methods=original_route.methods,
            name=original_route.name,
            endpoint=original_route.endpoint,
            made_of=made_of,
        )
        return late

    def __getattribute__(self, name: str) -> Any:
        """Build the context as soon as more is asked than whether a request matches."""
        if not (name in LateContext.LATE or name == "matches" or name.startswith("__")):
            fields = self.__dict__
            built = LateContext.from_the_start(**fields["made_of"])
            fields.clear()
            fields.update(vars(built))
            self.__class__ = _Context
        return object.__getattribute__(self, name)
