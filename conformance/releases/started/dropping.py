"""Finds the places of a config that the models made of it do not have."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel

Place = tuple[Any, ...]


def dropped(raw: Any, made: Any, path: Place = ()) -> list[Place]:
    """Return the places in raw data that a model made of it does not have."""
    if isinstance(made, BaseModel) and isinstance(raw, dict):
        return _of_model(raw, made, path)
    found = []
    if isinstance(made, list) and isinstance(raw, list):
        for index, (one, other) in enumerate(zip(raw, made, strict=False)):
            found += dropped(one, other, (*path, index))
    if isinstance(made, dict) and isinstance(raw, dict):
        for key in raw:
            found += dropped(raw[key], made.get(key), (*path, key))
    return found


def _of_model(raw: dict[Any, Any], made: BaseModel, path: Place) -> list[Place]:
    spelt = _spelt(raw, type(made))
    found = []
    for key, value in raw.items():
        if key in spelt:
            found += dropped(value, getattr(made, spelt[key]), (*path, key))
        elif type(made).model_config.get("extra") != "allow":
            found.append((*path, key))
    return found


def _spelt(raw: dict[Any, Any], model: type[BaseModel]) -> dict[Any, str]:
    """Return the keys of raw data that a model reads, each with the field it is read into."""
    settings = model.model_config
    by_name = settings.get("populate_by_name") or settings.get("validate_by_name")
    found = {}
    for name, field in model.model_fields.items():
        alias = field.validation_alias or field.alias or name
        choices = [*getattr(alias, "choices", [alias]), *([name] if by_name else [])]
        used = next((choice for choice in choices if choice in raw), None)
        if used is not None:
            found[used] = name
    return found
