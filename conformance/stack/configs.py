"""Reads a stack's config file, and makes the variants of it that checks boot."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any, NamedTuple

import yaml

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from conformance.core.releases import Facts

Config = dict[str, Any]
PASSTHROUGH = "remote::passthrough"


class Restart(NamedTuple):
    """A pair of configs: boot `later` in the home directory that `first` has left.

    Files of that home whose names match `lost`, a pattern like `*.db`, are deleted in between.
    """

    first: Config
    later: Config
    lost: str = ""


class With(NamedTuple):
    """A config that is started with these environment variables set."""

    config: Config
    variables: Mapping[str, str]


type Start = Config | Restart | With


class ConfigError(Exception):
    """A config file cannot be used; the message names the file and the remedy, in one line."""


def read(file: Path) -> Config:
    """Return the mapping a config file holds. Raises `ConfigError`."""
    try:
        config = yaml.safe_load(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise ConfigError(f"{file}: {error.strerror}; give a stack's run.yaml") from error
    except (UnicodeError, yaml.YAMLError) as error:
        raise ConfigError(
            f"{file}: invalid YAML ({_invalid(error)}); fix it, or give another file"
        ) from error
    if not isinstance(config, dict):
        what = "empty" if config is None else f"a {type(config).__name__}, not a mapping"
        raise ConfigError(f"{file}: the file is {what}; give a stack's run.yaml")
    return config


def _invalid(error: UnicodeError | yaml.YAMLError) -> str:
    """Return what is wrong and in which line, as far as the parser knows."""
    if isinstance(error, yaml.MarkedYAMLError) and error.problem_mark is not None:
        return f"line {error.problem_mark.line + 1}: {error.problem}"
    return " ".join(str(error).split())


def is_enabled(entry: Config) -> bool:
    """Return whether an entry of `providers` is used, as far as its id is written out."""
    return entry.get("provider_id") not in {None, "", "__disabled__"}


def fitted(config: Config, facts: Facts) -> Config:
    """Return the config with the one required key that was renamed between releases."""
    names = {"image_name", "distro_name"}
    name = next((config[key] for key in sorted(names) if key in config), "conformance")
    return {facts.name_key: name} | {k: v for k, v in config.items() if k not in names}


def provider(identifier: str, kind: str = PASSTHROUGH, **config: Any) -> Config:
    """Return one entry of `providers.inference`."""
    return {"provider_id": identifier, "provider_type": kind, "config": config}


def model(provider_id: str, model_id: str, **fields: Any) -> Config:
    """Return one entry of `registered_resources.models`."""
    return {"provider_id": provider_id, "model_id": model_id, "model_type": "llm", **fields}


def inference(config: Config, providers: Iterable[Config], models: Iterable[Config] = ()) -> Config:
    """Return the config with only these inference providers and registered models."""
    return copy.deepcopy(config) | {
        "providers": {"inference": list(providers)},
        "registered_resources": {"models": list(models)},
    }


def only(config: Config, origin: str) -> Config:
    """Return the config with only the inference providers at this origin, and their models."""
    given = config["providers"]["inference"]
    kept = [each for each in given if each["config"].get("base_url", "").startswith(origin)]
    names = {each["provider_id"] for each in kept}
    models = config["registered_resources"]["models"]
    return inference(config, kept, [each for each in models if each["provider_id"] in names])


def is_unknown_auth(kind: str, failure: object) -> bool:
    """Return whether a boot failed because a release knows no such type of `server.auth`."""
    return f"Input tag '{kind}' found using 'type' does not match" in str(failure)


def stores(config: Config, *, kv: str | None = None, sql: str | None = None) -> Config:
    """Return the config with another `db_path` for its key-value or its SQL backend."""
    changed = copy.deepcopy(config)
    for name, path in (("kv_default", kv), ("sql_default", sql)):
        if path is not None:
            changed["storage"]["backends"][name]["db_path"] = path
    return changed
