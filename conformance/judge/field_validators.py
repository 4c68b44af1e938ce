"""Repeats the checks of the releases' models on single fields, which a schema cannot express.

Keyed by model and field; a check is applied only where the schema of the release says that its
model has it. A value that is not known passes.
"""

from __future__ import annotations

import re
import tomllib
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from conformance.judge import addresses, encodings, forwarding, free_texts
from conformance.judge.values import Unknown
from conformance.schemas.whole_checks import VARIABLE, in_any_case

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from collections.abc import Set as AbstractSet

    from conformance.schemas.reading import Json

LLAMAS = Path(__file__).with_name("llamas.toml")
A_DATABASE = "must be a postgresql:// URI with a host and a database"
MOST_TOKENS = 4096
HOTTEST = 2.0
NUMBERS = {
    ("RewriteQueryParams", "max_tokens"): {"exclusiveMinimum": 0, "maximum": MOST_TOKENS},
    ("RewriteQueryParams", "temperature"): {"minimum": 0, "maximum": HOTTEST},
}
AN_ENCODING: Json = {"anyOf": [{"enum": [None, *sorted(encodings.NAMES)]}, VARIABLE]}
ENCODINGS: dict[tuple[str, str], Json] = {
    ("CompactionConfig", "tokenizer_encoding"): AN_ENCODING,
    ("CompactionConfig", "model_tokenizer_mappings"): {"additionalProperties": AN_ENCODING},
}
HEADER = "header_template"
PLACEHOLDERS = {
    ("RewriteQueryParams", "prompt"): ("{query}",),
    ("ContextPromptParams", "chunk_annotation_template"): ("{chunk.content}", "{index}"),
    ("ContextPromptParams", "context_template"): ("{query}",),
    ("AnnotationPromptParams", "chunk_annotation_template"): (
        "{index}",
        "{chunk_text}",
        "{file_id}",
    ),
    ("FileSearchParams", HEADER): ("{num_chunks}",),
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


def _field(model: Json, name: str, value: Any) -> str:
    place = (model["name"], name)
    if name in free_texts.FIELDS:
        return free_texts.refused(name, value, model["fields"][name])
    if place in _HOLDS:
        holds, message = _HOLDS[place]
        return "" if holds(value) else message
    if name == "claims_mapping":
        return "" if all(value.values()) else "must have no empty values"
    if place in PLACEHOLDERS and isinstance(value, str):
        missing = [part for part in PLACEHOLDERS[place] if part not in value]
        return f"must contain {missing[0]}" if missing else _keyword(model, name, value)
    return "must not be empty" if name == "annotation_instruction_template" and not value else ""


def as_json_schema(model: Json) -> dict[str, Json]:
    """Return what a model's checks of single fields refuse, as far as a JSON Schema can say it."""
    headers = "validate_forward_headers" in model.get("validators", {})
    return (forwarding.AS_JSON_SCHEMA if headers else {}) | {
        name: found
        for name, field in model["fields"].items()
        if field.get("checked") and (found := _as_json_schema((model["name"], name), field))
    }


def _as_json_schema(place: tuple[str, str], field: Json) -> Json:
    if place in NUMBERS:
        return {"if": {"type": "number"}, "then": NUMBERS[place]}
    if place in ENCODINGS:
        return ENCODINGS[place]
    parts = [re.escape(part) for part in PLACEHOLDERS.get(place, ())]
    if place[1] == HEADER:
        parts.append(in_any_case(_word(field)))
    found = {"allOf": [{"pattern": part} for part in parts]}
    return {"if": {"type": "string"}, "then": {"anyOf": [found, VARIABLE]}} if parts else {}


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
    ("KubernetesAuthProviderConfig", "api_server_url"): (
        addresses.of_server,
        "must be a URL with http:// or https:// and a host",
    ),
    ("UpstreamHeaderAuthConfig", "trusted_proxy_cidrs"): (
        addresses.of_networks,
        "must name networks, such as 10.0.0.0/8",
    ),
    ("PostgresKVStoreConfig", "connection_string"): (addresses.of_database, A_DATABASE),
    ("PostgresSqlStoreConfig", "connection_string"): (addresses.of_database, A_DATABASE),
}


def _keyword(model: Json, name: str, value: str) -> str:
    """Return that a header lacks the name of the tool, which its default has."""
    word = _word(model["fields"][name]) if name == HEADER else ""
    return "" if word in value.lower() else f"must contain {word}"


def _word(header: Json) -> str:
    default = str(header.get("default", ""))
    return "file_search" if "file_search" in default else "knowledge_search"
