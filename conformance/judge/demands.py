"""Finds what a provider's start demands that the models of its config leave optional.

Read from the start of every provider of the releases; `llama-conformance crosscheck` has a release
say the same.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from conformance.judge import keys, moves, resources
from conformance.judge.finding import Effect, Finding, Level

if TYPE_CHECKING:
    from collections.abc import Iterator

    from conformance.core.releases import Release
    from conformance.judge.case import Case, Provider
    from conformance.schemas.reading import Json

NVIDIA_DEMANDS = "<0.4"  # from here on it is only logged
NVIDIA_ENVIRONMENT = "<0.3"  # a key that the config does not have is taken from there
NVIDIA = "integrate.api.nvidia.com"
# Fields of which one is enough.
DEMANDED = {
    "remote::vllm": ("base_url", "url"),
    "remote::hf::endpoint": ("api_token",),
    "remote::hf::serverless": ("api_token",),
}
TAKES_EMPTY = frozenset({"remote::hf::endpoint", "remote::hf::serverless"})
OCI_LOGINS = ("instance_principal", "config_file")
# Adapters that end a start by a programming error of their own, whatever the config says.
BROKEN = {
    "remote::passthrough": ">=0.3,<0.4",
    "remote::tgi": ">=0.3,<0.7",
    "remote::hf::endpoint": ">=0.3,<0.7",
    "remote::hf::serverless": ">=0.3,<0.7",
    "remote::runpod": "<0.3",
}
# Until when an adapter looks for a registered model in a list that it gets only with a key.
ASKS_THE_VENDOR = "<0.6.0"
ASKING_FROM_0_2 = frozenset(
    f"remote::{name}"
    for name in (
        "anthropic", "fireworks", "gemini", "groq", "llama-openai-compat", "openai", "sambanova",
    )
)  # fmt: skip
ASKING = ASKING_FROM_0_2 | {
    f"remote::{name}" for name in ("azure", "cerebras", "databricks", "runpod", "together")
}
CREDENTIALS = ("auth_credential", "api_key", "api_token")


def findings(case: Case, provider: Provider, model: Json, stops: int) -> Iterator[Finding]:
    """Yield what the start of one provider demands and its config does not have."""
    kind = str(provider.kind)
    broken = fails_by_itself(kind, case.schema.release)
    if broken and provider.api == "inference" and provider.surely_enabled:
        yield _broken(case, provider, stops)
    yield from _one_of(case, provider, model, stops)
    if kind == "remote::nvidia" and case.schema.release.within(NVIDIA_DEMANDS):
        yield from _hosted(case, provider, model, stops)
    if kind == "remote::oci" and provider.api == "inference":
        yield from _oracle(case, provider, stops)


def fails_by_itself(kind: str, release: Release) -> bool:
    """Return whether no start with a provider of a type succeeds on a release."""
    return kind in BROKEN and release.within(BROKEN[kind])


def asking(case: Case) -> frozenset[str]:
    """Return the types that find no registered model without a key, on a release."""
    if not case.schema.release.within(ASKS_THE_VENDOR):
        return frozenset()
    return ASKING_FROM_0_2 if case.schema.release.within("<0.3") else ASKING


def keyless(case: Case) -> Iterator[tuple[resources.Entry, Provider, str]]:
    """Yield each registered model that its provider looks for without a key, and the key's name."""
    kinds = asking(case)
    for entry, provider in resources.with_provider(case):
        model = case.model(provider) or {"fields": {}}
        nvidia = kinds and provider.kind == "remote::nvidia" and _is_hosted(case, provider, model)
        if not nvidia and provider.kind not in kinds:
            continue
        name = _credential(model)
        key = _nvidias_key(case, provider) if nvidia else provider.config.get(name)
        if name and not key:
            yield entry, provider, name


def _credential(model: Json) -> str:
    """Return the name under which a config holds the key; "" if it has none."""
    fields = model["fields"]
    found = next((name for name in CREDENTIALS if name in fields), "")
    return str(fields[found].get("names", [found])[0]) if found else ""


def _demand(provider: Provider, what: str, instead: str, stops: int, gotcha: str | None) -> Finding:
    return Finding(
        id="provider-demands",
        level=Level.ERROR,
        effect=Effect.REFUSED,
        path=(*provider.path, "config") if "config" in provider.entry else provider.path,
        also=(provider.path,),
        what=what,
        instead=instead,
        stops=stops,
        gotcha=gotcha,
    )


def _broken(case: Case, provider: Provider, stops: int) -> Finding:
    return Finding(
        id="broken-provider",
        level=Level.WARNING,  # the fault is the release's, and nothing in the file is wrong
        effect=Effect.REFUSED,
        path=(*provider.path, "provider_type"),
        also=(provider.path,),
        what=f"`{provider.kind}` of {case.schema.release} fails by itself, whatever its config is",
        instead="use another provider or release",
        stops=stops,
    )


def _one_of(case: Case, provider: Provider, model: Json, stops: int) -> Iterator[Finding]:
    kind = str(provider.kind)
    asked = [name for name in DEMANDED.get(kind, ()) if name in model["fields"]]
    if not asked or fails_by_itself(kind, case.schema.release):
        return
    if any(model["fields"][name].get("required") for name in asked):
        return
    given = [provider.config.get(n) or model["fields"][n].get("default") for n in asked]
    empty = kind in TAKES_EMPTY and "" in [provider.config.get(n) for n in asked]
    if any(given) or empty:
        return
    for name in asked:
        place = (*provider.path, "config", name)
        if case.emptied(place):
            yield keys.emptied(place, stops)
            return
    yield _demand(
        provider,
        f"`{provider.kind}` does not start without `{asked[0]}`",
        _given_as(case, provider, model, asked[0]) or f"set `{asked[0]}`",
        stops,
        "remote-vllm" if provider.kind == "remote::vllm" else None,
    )


def _given_as(case: Case, provider: Provider, model: Json, asked: str) -> str:
    """Return how to rename the key that stands for the one that is asked for; "" if none does."""
    for key in provider.config:
        move = moves.of((*provider.path, "config", key), model, case.schema)
        if key != asked and move and move.to[-1:] == (asked,):
            return f"write `{key}` as `{asked}`"
    return ""


def _is_hosted(case: Case, provider: Provider, model: Json) -> bool:
    """Return whether a provider surely is NVIDIA's own service; the environment may say so."""
    if case.environ is None or provider.api != "inference":
        return False
    name = "base_url" if "base_url" in model["fields"] else "url"
    return NVIDIA in str(provider.config.get(name, case.environ.get("NVIDIA_BASE_URL", NVIDIA)))


def _nvidias_key(case: Case, provider: Provider) -> Any:
    if "api_key" not in provider.config and case.schema.release.within(NVIDIA_ENVIRONMENT):
        return (case.environ or {}).get("NVIDIA_API_KEY")
    return provider.config.get("api_key")


def _hosted(case: Case, provider: Provider, model: Json, stops: int) -> Iterator[Finding]:
    """Yield that NVIDIA's own service wants a key; its defaults come from the environment."""
    if not _nvidias_key(case, provider) and _is_hosted(case, provider, model):
        yield _demand(
            provider,
            "`remote::nvidia` does not start without a key for NVIDIA's own service",
            "set `api_key`, or the URL of a server of your own",
            stops,
            None,
        )


def _oracle(case: Case, provider: Provider, stops: int) -> Iterator[Finding]:
    """Yield what Oracle's adapter demands; its defaults come from the environment."""
    login = _or_environment(case, provider, "oci_auth_type", "OCI_AUTH_TYPE", OCI_LOGINS[0])
    if isinstance(login, str) and login not in OCI_LOGINS:
        what = f"`remote::oci` knows no `oci_auth_type: {login}`"
        yield _demand(provider, what, f"use one of: {', '.join(OCI_LOGINS)}", stops, None)
    place = _or_environment(case, provider, "oci_compartment_id", "OCI_COMPARTMENT_OCID", "")
    if isinstance(place, str) and not place:
        what = "`remote::oci` does not start without `oci_compartment_id`"
        yield _demand(provider, what, "set `oci_compartment_id`", stops, None)


def _or_environment(case: Case, provider: Provider, field: str, name: str, otherwise: str) -> Any:
    """Return a field of a config, or what stands in for it; None if that is not known."""
    if field in provider.config:
        return provider.config[field]
    return None if case.environ is None else case.environ.get(name, otherwise)
