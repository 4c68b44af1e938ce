"""Writes what a release lets a config say as JSON Schema 2020-12, for editors and validators.

It refuses what the release's models refuse and nothing else: other keys are allowed where the
release ignores them, and so is a variable in any place. What it cannot say is a limit of a number
in quotes, and what a model's code computes: one large number below another, an address, a header
that another key blocks. Keys that moved are marked deprecated, with where they went.
"""

from __future__ import annotations

import operator
from typing import TYPE_CHECKING, Any

from conformance.schemas import reading, whole_checks
from conformance.schemas.parts import EITHER_NAME, MIGRATED, SETS_THE_VERSION
from conformance.schemas.whole_checks import FALSY, VARIABLE

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from conformance.core.releases import Release
    from conformance.schemas.reading import Json, Schema

    type Moved = Mapping[str, Mapping[str, str]]
    type OfFields = Callable[[Json], Mapping[str, Json]]

DIALECT = "https://json-schema.org/draft/2020-12/schema"
WORDS = ("0", "1", "f", "t", "n", "y", "no", "yes", "off", "on", "false", "true")
TRUTHS = f"^({'|'.join(map(whole_checks.in_any_case, WORDS))})$"
NUMBER = r"^\s*[-+]?[0-9]+(\.[0-9]+)?\s*$"
PLAIN: dict[str, Json] = {
    "any": {},
    "null": {"type": "null"},
    "falsy": {"enum": FALSY},
    "str": {"type": "string"},
    "path": {"type": "string"},
    "url": {"type": "string", "pattern": r"^https?://|\$\{env\."},
    "int": {"anyOf": [{"type": ["integer", "boolean"]}, {"type": "string", "pattern": NUMBER}]},
    "float": {"anyOf": [{"type": ["number", "boolean"]}, {"type": "string", "pattern": NUMBER}]},
    "bool": {
        "anyOf": [{"type": "boolean"}, {"enum": [0, 1]}, {"type": "string", "pattern": TRUTHS}]
    },
}
LIMITS = {"ge": "minimum", "gt": "exclusiveMinimum", "le": "maximum", "lt": "exclusiveMaximum"}
HOLDS = {"ge": operator.ge, "gt": operator.gt, "le": operator.le, "lt": operator.lt}
LENGTHS = {"min_length": "minLength", "max_length": "maxLength", "pattern": "pattern"}

# A store as it was before it moved from key-value to SQL.
OLDER_STORE = {
    "type": "object",
    "properties": {"namespace": {"type": "string"}, "backend": {"type": "string"}},
    "required": ["namespace"],
    "not": {"required": ["table_name"]},
}


def json_schema(release: Release, moved: Moved, of_fields: OfFields) -> Json:
    """Return the JSON Schema of a release's config.

    `moved` has, by model (the empty name is the whole config), the keys that the release ignores,
    with the text that says where they went. `of_fields` gives what a model's own code checks of
    single keys. Raises `LookupError` if the release is older than all known ones.
    """
    schema = reading.of(release)
    whole = _model(schema.stack, moved.get("", {}))
    whole["properties"]["providers"] = _providers(schema)
    models = sorted(schema.facts["models"].items())
    used = {key: _checked(model, moved.get(key, {}), of_fields(model)) for key, model in models}
    _as_handed_over(schema, whole, used)
    return {"$schema": DIALECT, "title": f"Config of {release}", **whole, "$defs": used}


def _as_handed_over(schema: Schema, whole: Json, used: Json) -> None:
    """Allow what the release changes before its models see it, and demand a name, as it does."""
    for name in schema.facts["name_keys"]:  # which becomes text
        optional = name not in whole.get("required", ())
        whole["properties"][name] = {} if optional else {"not": PLAIN["null"]}
    if EITHER_NAME in schema.stack.get("validators", {}):
        whole["anyOf"] = [_has_value("distro_name"), _has_value("image_name")]
    if schema.release.within(SETS_THE_VERSION):
        whole["properties"]["version"] = {}
    levels = schema.stack["fields"][reading.LOGGING]["type"]
    whole["properties"][reading.LOGGING] = _type(levels)  # read before variables are replaced
    if schema.facts["migrates"]:
        storage = schema.model(schema.stack["fields"]["storage"]["type"]["model"])
        stores = used[storage["fields"]["stores"]["type"]["model"]]["properties"]
        for name in MIGRATED:
            stores[name] = {"anyOf": [stores[name], OLDER_STORE]}


def _has_value(key: str) -> Json:
    return {"required": [key], "properties": {key: {"not": PLAIN["null"]}}}


def _checked(model: Json, moved: Mapping[str, str], of_fields: Mapping[str, Json]) -> Json:
    """Return the schema of a model with what its own code checks."""
    made = _model(model, moved)
    for key, checked in of_fields.items():
        made["properties"][key] = {"allOf": [made["properties"][key], checked]}
    whole = whole_checks.of_model(model)
    return made | ({"allOf": whole} if whole else {})


def _model(model: Json, moved: Mapping[str, str]) -> Json:
    properties: Json = {name: _deprecated(text) for name, text in moved.items()}
    required = []
    for attribute, field in model["fields"].items():
        names = field.get("names", [attribute])
        for name in names:
            properties[name] = {} if field.get("before") else _or_variable(_type(field["type"]))
            if field.get("deprecated"):
                properties[name] = {**properties[name], "deprecated": True}
        if field.get("required") and len(names) == 1:
            required.append(names[0])
    found: Json = {"type": "object", "title": model["name"], "properties": properties}
    if model["extra"] == "forbid":
        found["additionalProperties"] = False
    return found | ({"required": sorted(required)} if required else {})


def _deprecated(text: str) -> Json:
    """Return the schema of a key that went elsewhere; the language servers of editors show this."""
    return {"deprecated": True, "deprecationMessage": text, "description": text}


def _or_variable(kind: Json) -> Json:
    if not kind or kind.get("type") == "string":
        return kind
    return {"anyOf": [kind, VARIABLE]}


def _type(kind: Any) -> Json:
    if isinstance(kind, str):
        return dict(PLAIN[kind])
    limits = {there: kind[here] for here, there in LIMITS.items() if here in kind}
    limits |= {there: kind[here] for here, there in LENGTHS.items() if here in kind}
    truths = _truths_beyond(kind)
    return _bare(kind) | limits | ({"not": {"enum": truths}} if truths else {})


def _truths_beyond(kind: Json) -> list[bool]:
    """Return the truth values that are no number within the limits, which JSON asks of numbers."""
    limits = [(HOLDS[here], kind[here]) for here in LIMITS if here in kind]
    return [each for each in (False, True) if not all(holds(each, at) for holds, at in limits)]


def _bare(kind: Json) -> Json:
    if "model" in kind:
        return {"$ref": f"#/$defs/{kind['model']}"}
    if "one" in kind:
        return {"enum": kind["one"]}
    if "list" in kind:
        return {"type": "array", "items": _or_variable(_type(kind["list"]))}
    if "map" in kind:
        return {"type": "object", "additionalProperties": _or_variable(_type(kind["map"]))}
    if "any_of" in kind:
        found: Json = {"anyOf": [_type(branch) for branch in kind["any_of"]]}
        # A mapping says by its tag which branch it is; that the branch has a default is no help.
        return found | (_tagged(kind["tag"]) if "tag" in kind else {})
    return _type(kind["type"])


def _tagged(tag: str) -> Json:
    return {"if": {"type": "object"}, "then": {"required": [tag]}}


def _providers(schema: Schema) -> Json:
    """Return the schema of `providers`: for each API its types, for each type its config."""
    return {
        "type": "object",
        "properties": {api: _entries(schema, api) for api in sorted(schema.providable)},
        "propertyNames": {"enum": sorted(schema.providable)},
    }


def _entries(schema: Schema, api: str) -> Json:
    kinds = schema.types(api)
    configs = [
        {
            "if": {"properties": {"provider_type": {"const": kind}}, "required": ["provider_type"]},
            "then": {"properties": {"config": {"$ref": f"#/$defs/{spec['config']}"}}},
        }
        for kind, spec in sorted(kinds.items())
        if "config" in spec
    ]
    known: Json = {"anyOf": [*([{"enum": sorted(kinds)}] if kinds else ()), VARIABLE]}
    entry: Json = {
        "type": "object",
        "properties": {
            "provider_id": {"type": ["string", "null"]},
            "provider_type": {"type": "string"},
            "config": {"type": "object"},
            "module": {"type": ["string", "null"]},
        },
        "required": ["provider_id", "provider_type"],
        # A type that the release does not have comes with the module that brings it.
        "anyOf": [{"properties": {"provider_type": known}}, {"required": ["module"]}],
    }
    return {"type": "array", "items": entry | ({"allOf": configs} if configs else {})}
