"""Says as JSON Schema what a release's models check of several keys at once.

Keyed by the name of the validator; applied only where the schema of the release says that its
model has it. A variable may become anything, so nothing is refused because of one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from conformance.schemas.reading import Json

FALSY: list[object] = [None, False, 0, "", [], {}]
VARIABLE = {"type": "string", "pattern": r"\$\{env\.[A-Z0-9_]+"}


# Numbers that limit one another: the lower, the upper, and how far apart they have to be.
LIMITS = {
    "validate_pool_sizes": ("pool_min_size", "pool_max_size", 0),
    "validate_probes": ("probes", "lists", 1),
}
COMPARED = 100  # up to here both are compared if both are given: a step for each number between


def of_model(model: Json) -> list[Json]:
    """Return the schemas that a value of a model has to meet beside those of its keys."""
    validators = model.get("validators", {})
    found = [each for name in validators for each in _KNOWN.get(name, [])]
    limits = [each for name in validators if name in LIMITS for each in _limits(name, model)]
    return found + limits


def in_any_case(word: str) -> str:
    """Return the pattern of a word in letters of any size; not every engine has a flag for it."""
    return "".join(f"[{each}{each.upper()}]" if each.isalpha() else each for each in word)


def _limits(name: str, model: Json) -> list[Json]:
    """Return what two limits of each other, which the release compares, may be: never null."""
    low, high, apart = LIMITS[name]
    least, most = (model["fields"][key]["default"] for key in (low, high))
    steps: list[Json] = [
        {"properties": {low: {"maximum": step}, high: {"minimum": step + apart}}}
        for step in range(1, COMPARED)
    ]
    beyond = {"properties": {low: {"minimum": COMPARED}, high: {"minimum": COMPARED + apart}}}
    return [
        _no_null(low),
        _no_null(high),
        {"anyOf": [{"required": [low]}, {"properties": {high: {"minimum": least + apart}}}]},
        {"anyOf": [{"required": [high]}, {"properties": {low: {"maximum": most - apart}}}]},
        {"anyOf": [*steps, beyond]},
    ]


def _given(key: str) -> Json:
    return {"required": [key], "properties": {key: {"not": {"enum": FALSY}}}}


def _written(key: str) -> Json:
    """Return the schema of a value in which a key surely says something."""
    nothing = {"anyOf": [{"enum": FALSY}, VARIABLE]}
    return {"required": [key], "properties": {key: {"not": nothing}}}


def _excluding(key: str, *others: str) -> Json:
    return {"not": {"allOf": [_written(key), {"anyOf": [_written(other) for other in others]}]}}


def _needing(key: str, other: str) -> Json:
    return {"not": {"allOf": [_written(key), {"not": _given(other)}]}}


def _no_null(key: str) -> Json:
    return {"properties": {key: {"not": {"type": "null"}}}}


def _one_of(key: str, other: str) -> list[Json]:
    return [_excluding(key, other), {"anyOf": [_given(key), _given(other)]}]


_KNOWN: dict[str, list[Json]] = {
    "_validate_auth": [
        _excluding("api_key", "access_token"),
        _needing("access_token", "project"),
        _needing("project", "access_token"),
    ],
    "validate_mode": _one_of("jwks", "introspection"),
    "validate_mtls_pair": [
        _needing("client_cert", "client_key"),
        _needing("client_key", "client_cert"),
    ],
    "validate_proxy_config": [_excluding("url", "http", "https")],
    "validate_rule_format": [*_one_of("permit", "forbid"), _excluding("when", "unless")],
}
