"""Describes pydantic models as JSON: fields, spellings, types, constraints, validators.

A type is a word (`str`, `int`, `any` …) or a mapping with one of the keys `one` (the values it may
have), `list`, `map`, `any_of` (with `tag` if a field decides) and `model` (the key of another
description). Runs inside the environment of a release; imports nothing of ours.
"""

from __future__ import annotations

import enum
import hashlib
import json
import pathlib
import types
import typing
from typing import Any

Json = dict[str, Any]
WORDS = {
    str: "str",
    int: "int",
    float: "float",
    bool: "bool",
    bytes: "str",
    type(None): "null",
    Any: "any",
    dict: {"map": "any"},
    list: {"list": "any"},
    object: "any",
}
NAMED = {"SecretStr": "str", "HttpUrl": "url", "AnyUrl": "url", "AnyHttpUrl": "url"}
LIMITS = ("ge", "gt", "le", "lt", "min_length", "max_length", "pattern")
LONGEST_DEFAULT = 200


class Models:
    """Collects descriptions of models, each under the digest of what it says."""

    def __init__(self) -> None:
        """Start with an empty collection."""
        self.definitions: dict[str, Json] = {}
        self._keys: dict[Any, str] = {}
        self._open: set[Any] = set()

    def add(self, model: Any) -> str:
        """Describe a model and those in it; return its key.

        Raises `TypeError` if it is no pydantic model.
        """
        if not hasattr(model, "model_fields"):
            raise TypeError(f"{model!r} is not a pydantic model")
        if model not in self._keys:
            self._open.add(model)
            described = self._described(model)
            self._open.discard(model)
            text = json.dumps(described, sort_keys=True)
            key = hashlib.sha256(text.encode()).hexdigest()[:12]
            self.definitions[key] = described
            self._keys[model] = key
        return self._keys[model]

    def _described(self, model: Any) -> Json:
        decorators = model.__pydantic_decorators__
        before = {
            field
            for one in decorators.field_validators.values()
            if one.info.mode != "after"
            for field in one.info.fields
        }
        checked = {f for one in decorators.field_validators.values() for f in one.info.fields}
        described: Json = {
            "name": model.__name__,
            "extra": model.model_config.get("extra") or "ignore",
            "fields": {
                attribute: self._field(model, attribute, field, before, checked)
                for attribute, field in model.model_fields.items()
            },
        }
        whole = {name: one.info.mode for name, one in decorators.model_validators.items()}
        return described | ({"validators": whole} if whole else {})

    def _field(
        self, model: Any, attribute: str, field: Any, before: set[str], checked: set[str]
    ) -> Json:
        described: Json = {"type": self.type(field.annotation, tuple(field.metadata))}
        names = spellings(model, attribute, field)
        if names != [attribute]:
            described["names"] = names
        if field.is_required():
            described["required"] = True
        elif (default := _plain(field.default)) is not None:
            described["default"] = default
        if field.discriminator and isinstance(described["type"], dict):
            described["type"] = _tagged(described["type"], field.discriminator)
        if attribute in before:
            described["before"] = True
        elif attribute in checked:
            described["checked"] = True
        if field.deprecated:
            described["deprecated"] = True
        return described

    def type(self, annotation: Any, metadata: tuple[Any, ...] = ()) -> Any:
        """Return what an annotation allows, with the limits that its metadata sets."""
        described = self._type(annotation)
        limits = {
            name: value
            for part in metadata
            for name in LIMITS
            if isinstance(value := _limit(part, name), int | float | str)
        }
        if limits:
            described = ({"type": described} if isinstance(described, str) else described) | limits
        return described

    def _type(self, annotation: Any) -> Any:
        origin, arguments = typing.get_origin(annotation), typing.get_args(annotation)
        if origin is typing.Annotated:
            return self._annotated(arguments)
        if origin in {typing.Union, types.UnionType}:
            return {"any_of": [self.type(argument) for argument in arguments]}
        if origin is typing.Literal:
            return {"one": sorted({_value(argument) for argument in arguments}, key=str)}
        if origin in {list, set, tuple, frozenset}:
            return {"list": self.type(arguments[0]) if arguments else "any"}
        if origin is dict:
            return {"map": self.type(arguments[1])}
        return self._simple(annotation)

    def _annotated(self, arguments: tuple[Any, ...]) -> Any:
        described = self.type(arguments[0], arguments[1:])
        for part in arguments[1:]:
            tag = getattr(part, "discriminator", None)
            if isinstance(tag, str) and isinstance(described, dict):
                return _tagged(described, tag)
            if type(part).__name__ in {"BeforeValidator", "PlainValidator", "WrapValidator"}:
                return "any"
        return described

    def _simple(self, annotation: Any) -> Any:
        try:
            if annotation in WORDS:
                return WORDS[annotation]
        except TypeError:  # unhashable
            return "any"
        if isinstance(annotation, typing.TypeAliasType):
            return self.type(annotation.__value__)
        return self._class(annotation) if isinstance(annotation, type) else "any"

    def _class(self, annotation: Any) -> Any:
        if issubclass(annotation, enum.Enum):
            return {"one": [_value(member) for member in annotation]}
        if issubclass(annotation, pathlib.PurePath):
            return "path"
        if hasattr(annotation, "model_fields"):
            return "any" if annotation in self._open else {"model": self.add(annotation)}
        return NAMED.get(annotation.__name__, "any")


def spellings(model: Any, attribute: str, field: Any) -> list[str]:
    """Return the names under which a model accepts a field, the preferred one first."""
    alias = field.validation_alias if field.validation_alias is not None else field.alias
    choices = [c for c in getattr(alias, "choices", ()) if isinstance(c, str)]
    names = choices or ([alias] if isinstance(alias, str) else [])
    if not names:
        return [attribute]
    settings = model.model_config
    by_name = settings.get("populate_by_name") or settings.get("validate_by_name")
    return [*names, attribute] if by_name and attribute not in names else names


def _tagged(described: Json, tag: str) -> Json:
    return described | {"tag": tag} if "any_of" in described else described


def _limit(part: Any, name: str) -> Any:
    try:
        return getattr(part, name, None)
    except AttributeError:
        return None


def _value(value: Any) -> Any:
    return value.value if isinstance(value, enum.Enum) else value


def _plain(default: Any) -> Any:
    default = _value(default)
    if hasattr(default, "model_dump"):
        return default.model_dump(mode="json", exclude_none=True)
    if type(default).__name__ == "HttpUrl":  # of pydantic, which need not be imported for it
        default = str(default)
    if isinstance(default, str):
        default = default.replace(str(pathlib.Path.home()), "~")  # the same on every machine
    if isinstance(default, bool | int | float | str):
        return default if len(str(default)) <= LONGEST_DEFAULT else None
    return None
