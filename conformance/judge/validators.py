"""Repeats the checks of the releases' models that a schema cannot express.

Keyed by the name of the validator, or by model and field; a check is applied only where the schema
of the release says that its model has it. A value that is not known passes.
"""

from __future__ import annotations

import tomllib
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from conformance.judge import encodings, forwarding, free_texts
from conformance.judge.values import Unknown

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from collections.abc import Set as AbstractSet

    from conformance.core.releases import Release
    from conformance.schemas.reading import Json

LLAMAS = Path(__file__).with_name("llamas.toml")
CONDITIONS = (
    ("user", "is", "owner"),
    ("user", "is", "not", "owner"),
    ("user", "with", "*", "in", "*"),
    ("user", "with", "*", "not", "in", "*"),
    ("user", "in", "owners", "*"),
    ("user", "not", "in", "owners", "*"),
    ("resource", "is", "unowned"),  # the last one, known from 0.4.0 on
)
COMPONENTS = frozenset({"host", "port", "db", "user", "password"})
MOST_TOKENS = 4096
HOTTEST = 2.0
PLACEHOLDERS = {
    ("RewriteQueryParams", "prompt"): ("{query}",),
    ("ContextPromptParams", "chunk_annotation_template"): ("{chunk.content}", "{index}"),
    ("ContextPromptParams", "context_template"): ("{query}",),
    ("AnnotationPromptParams", "chunk_annotation_template"): (
        "{index}",
        "{chunk_text}",
        "{file_id}",
    ),
    ("FileSearchParams", "header_template"): ("{num_chunks}",),
}


def of_fields(
    value: Json, model: Json, at_fault: AbstractSet[Any] = frozenset()
) -> Iterator[tuple[str, str]]:
    """Yield what a model's checks of single fields refuse: the field, and why.

    A field at fault has no value of its type, and pydantic does not come to its checks.
    """
    for name, field in model["fields"].items():
        looked_at = field.get("checked") or (field.get("before") and name in free_texts.FIELDS)
        if looked_at and name in value.keys() - at_fault and not isinstance(value[name], Unknown):
            message = _field(model, name, value[name])
            if message:
                yield name, message


def of_whole(value: Json, model: Json, release: Release) -> Iterator[str]:
    """Yield what a model's checks of the whole value refuse on a release."""
    if any(isinstance(part, Unknown) for part in value.values()):
        return
    for name in model.get("validators", {}):
        message = _WHOLE[name](value, model) if name in _WHOLE else ""
        if name == "validate_rule_format" and release.within("<0.4"):
            message = message or _condition(value, CONDITIONS[:-1])
        if message:
            yield message


def _field(model: Json, name: str, value: Any) -> str:
    place = (model["name"], name)
    if name in free_texts.FIELDS:
        return free_texts.refused(name, value, model["fields"][name])
    if place in _HOLDS:
        holds, message = _HOLDS[place]
        return "" if holds(value) else message
    if name == "claims_mapping":
        return "" if all(value.values()) else "must have no empty values"
    if name == "api_server_url":
        known = str(value).startswith(("http://", "https://"))
        return "" if known else "must be a URL that begins with http:// or https://"
    if place in PLACEHOLDERS and isinstance(value, str):
        missing = [part for part in PLACEHOLDERS[place] if part not in value]
        return f"must contain {missing[0]}" if missing else _keyword(model, name, value)
    return "must not be empty" if name == "annotation_instruction_template" and not value else ""


@cache
def _llamas() -> frozenset[str]:
    """Return the models that the built-in Llama provider knows."""
    names: list[str] = tomllib.loads(LLAMAS.read_text(encoding="utf-8"))["names"]
    return frozenset(names)


_HOLDS: dict[tuple[str, str], tuple[Callable[[Any], bool], str]] = {
    ("RewriteQueryParams", "max_tokens"): (
        lambda value: 0 < float(value) <= MOST_TOKENS,
        f"must be 1 to {MOST_TOKENS}",
    ),
    ("RewriteQueryParams", "temperature"): (
        lambda value: 0 <= float(value) <= HOTTEST,
        "must be 0.0 to 2.0",
    ),
    ("CompactionConfig", "tokenizer_encoding"): (encodings.is_known, encodings.MESSAGE),
    ("CompactionConfig", "model_tokenizer_mappings"): (encodings.are_known, encodings.MESSAGE),
    ("MetaReferenceInferenceConfig", "model"): (
        lambda value: value in _llamas(),
        "must be a model that the provider knows",
    ),
}


def _old_verify(value: Json, model: Json) -> str:
    """Return that `tls_verify` moves to a place where it is refused."""
    del model
    network = value.get("network")
    taken = isinstance(network, dict) and network.get("tls") is not None
    message = "" if taken else free_texts.no_file(value.get("tls_verify"))
    return f"`tls_verify` {message}" if message else ""


def _keyword(model: Json, name: str, value: str) -> str:
    """Return that a header lacks the name of the tool, which its default has."""
    if name != "header_template":
        return ""
    default = str(model["fields"][name].get("default", ""))
    word = "file_search" if "file_search" in default else "knowledge_search"
    return "" if word in value.lower() else f"must contain {word}"


def _gemini(value: Json, model: Json) -> str:
    del model
    if value.get("api_key") and value.get("access_token"):
        return "`api_key` and `access_token` exclude each other"
    if value.get("access_token") and not value.get("project"):
        return "`access_token` needs `project`"
    if value.get("project") and not value.get("access_token"):
        return "`project` needs `access_token`"
    return ""


def _cors(value: Json, model: Json) -> str:
    del model
    wide = "*" in (value.get("allow_origins") or ())
    return (
        "`allow_credentials` excludes the origin `*`"
        if value.get("allow_credentials") and wide
        else ""
    )


def _one_of(first: str, second: str) -> Callable[[Json, Json], str]:
    def check(value: Json, model: Json) -> str:
        del model
        both = bool(value.get(first)), bool(value.get(second))
        return "" if both[0] != both[1] else f"must have one of `{first}` and `{second}`"

    return check


def _pair(value: Json, model: Json) -> str:
    del model
    halves = value.get("client_cert") is None, value.get("client_key") is None
    return "" if halves[0] == halves[1] else "`client_cert` and `client_key` need each other"


def _proxy(value: Json, model: Json) -> str:
    del model
    both = value.get("url") and (value.get("http") or value.get("https"))
    return "`url` excludes `http` and `https`" if both else ""


def _below(low: str, high: str, *, equal: bool) -> Callable[[Json, Json], str]:
    def check(value: Json, model: Json) -> str:
        lower = value.get(low, model["fields"][low].get("default"))
        upper = value.get(high, model["fields"][high].get("default"))
        if lower is None or upper is None:
            return f"must have `{low}` and `{high}`"  # the release compares them, null or not
        if float(lower) < float(upper):
            return ""
        fine = equal and float(lower) == float(upper)
        return "" if fine else f"`{low}` must be less than `{high}`"

    return check


def _postgres(value: Json, model: Json) -> str:
    del model
    if value.get("connection_string") is None:
        return "" if value.get("user") else "must have `user` or `connection_string`"
    conflicting = sorted(COMPONENTS & value.keys())
    return f"`connection_string` excludes {', '.join(conflicting)}" if conflicting else ""


def _tenancy(value: Json, model: Json) -> str:
    del model
    missing = value.get("mode") == "single" and not value.get("default_tenant_id")
    return "the mode `single` needs `default_tenant_id`" if missing else ""


def _rule(value: Json, model: Json) -> str:
    message = _one_of("permit", "forbid")(value, model)
    if message or (value.get("when") and value.get("unless")):
        return message or "`when` and `unless` exclude each other"
    return _condition(value, CONDITIONS)


def _condition(value: Json, known: tuple[tuple[str, ...], ...]) -> str:
    """Return which condition of a rule is none of those that a release knows."""
    for name in ("when", "unless"):
        given = value.get(name) or []
        for text in given if isinstance(given, list) else [given]:
            if not any(_matches(str(text).split(), form) for form in known):
                return f"`{name}: {text}` is no condition"
    return ""


def _matches(words: list[str], form: tuple[str, ...]) -> bool:
    return len(words) == len(form) and all(
        part in {"*", word} for word, part in zip(words, form, strict=True)
    )


_WHOLE: dict[str, Callable[[Json, Json], str]] = {
    "_validate_auth": _gemini,
    "validate_credentials_config": _cors,
    "validate_mode": _one_of("jwks", "introspection"),
    "validate_mtls_pair": _pair,
    "migrate_tls_verify_to_network": _old_verify,
    "validate_proxy_config": _proxy,
    "validate_probes": _below("probes", "lists", equal=False),
    "validate_pool_sizes": _below("pool_min_size", "pool_max_size", equal=True),
    "validate_connection_settings": _postgres,
    "validate_tenancy": _tenancy,
    "validate_forward_headers": forwarding.refused,
    "validate_rule_format": _rule,
}
