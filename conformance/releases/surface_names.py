"""Names for all that a release's surface has and a config uses, and what took the place of each."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from conformance.releases import surfaces

if TYPE_CHECKING:
    from collections.abc import Iterator

    from conformance.releases.surfaces import Surface
    from conformance.stack.configs import Config

SUCCESSORS = surfaces.DIRECTORY / "successors.toml"


def names(surface: Surface) -> set[str]:
    """Return all that a surface has, each as one name: `API x`, `provider x`, `field x`."""
    found = {f"API `{api}`" for api in surface["apis"]}
    for api, kinds in surface["providers"].items():
        found |= {f"provider `{kind}` of `{api}`" for kind in kinds}
    found |= {f"field `{name}`" for name in surface["stack_config"]}
    for kind, fields in surface["provider_config"].items():
        api, _, short = kind.partition(" ")
        found |= {f"field `{name}` of provider `{short}` of `{api}`" for name in fields}
    return found


def follows(name: str, gone: set[str]) -> bool:
    """Tell whether something comes or goes only because what it belongs to does."""
    _, of, owner = name.partition(" of ")
    if of and (owner in gone or f"API {owner}" in gone):
        return True
    if not name.startswith("field "):
        return False
    path = name.removeprefix("field `").partition("`")[0]
    rest = name.partition("`")[2].partition("`")[2]
    while "." in path:
        path = path.rpartition(".")[0]
        if {
            f"field `{path}`{rest}",
            f"field `{path.removesuffix('[]').removesuffix('.*')}`{rest}",
        } & gone:
            return True
    return False


def successor(name: str) -> str:
    """Return what to use instead of something that is gone, where that is known."""
    rows: Mapping[str, str] = tomllib.loads(SUCCESSORS.read_text(encoding="utf-8"))["instead"]
    return next((text for known, text in rows.items() if known in name), "")


def used(config: Config | None, surface: Surface) -> set[str] | None:
    """Return the names of a surface that a config uses, or None without a config."""
    if config is None:
        return None
    found = {f"API `{api}`" for api in config.get("apis") or ()}
    found |= {f"field `{path}`" for path in _paths(config)}
    for api, entries in (config.get("providers") or {}).items():
        for entry in entries or ():
            kind = entry.get("provider_type")
            owner = f"provider `{kind}` of `{api}`"
            found |= {owner, f"API `{api}`"}
            found |= {f"field `{path}` of {owner}" for path in _paths(entry.get("config") or {})}
    return found & names(surface)


def _paths(value: Any, prefix: str = "") -> Iterator[str]:
    """Yield every path of a mapping as surfaces spell it, also with `*` for any one key."""
    if isinstance(value, Mapping):
        for key, inner in value.items():
            for step in (str(key), "*"):
                path = f"{prefix}.{step}" if prefix else step
                yield path
                yield from _paths(inner, path)
    elif isinstance(value, list):
        for inner in value:
            yield from _paths(inner, f"{prefix}[]")
