"""Finds what is wrong with providers: their configs, and what starting them needs."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from conformance.judge import keys, shape
from conformance.judge.finding import Effect, Finding, Level
from conformance.judge.stages import Stage

if TYPE_CHECKING:
    from collections.abc import Iterator

    from conformance.judge.case import Case, Provider
    from conformance.schemas.reading import Json

# Fields that the models leave optional and the provider's start demands; one of them is enough.
NVIDIA_DEMANDS = "<0.4"  # from here on it is only logged
NVIDIA_ENVIRONMENT = "<0.3"  # a key that the config does not have is taken from there
NVIDIA = "integrate.api.nvidia.com"
DEMANDS = {
    "remote::vllm": ("base_url", "url"),
}


def findings(case: Case) -> Iterator[Finding]:
    """Yield what is wrong with the providers' entries."""
    yield from _twice(case)
    for order, provider in enumerate(case.providers):
        model = case.schema.config(provider.api, str(provider.kind))
        if model is None or not provider.enabled:
            continue
        place = (*provider.path, "config")
        seen = shape.against(provider.config, model, case.schema, place)
        stops = Stage.INSTANCES + order
        yield from keys.refused(seen.faults, stops, case, f"`{provider.kind}`: ")
        yield from keys.ignored(seen.unread, case)
        yield from _demands(case, provider, model, stops)
        if provider.kind == "remote::nvidia" and case.schema.release.within(NVIDIA_DEMANDS):
            yield from _hosted(case, provider, model, stops)


def _demands(case: Case, provider: Provider, model: Json, stops: int) -> Iterator[Finding]:
    asked = [name for name in DEMANDS.get(str(provider.kind), ()) if name in model["fields"]]
    if not asked or any(model["fields"][name].get("required") for name in asked):
        return
    if any(provider.config.get(n) or model["fields"][n].get("default") for n in asked):
        return
    for name in asked:
        place = (*provider.path, "config", name)
        if case.emptied(place):
            yield keys.emptied(place, stops)
            return
    yield Finding(
        id="provider-demands",
        level=Level.ERROR,
        effect=Effect.REFUSED,
        path=(*provider.path, "config") if "config" in provider.entry else provider.path,
        also=(provider.path,),
        what=f"`{provider.kind}` does not start without `{asked[0]}`",
        instead=f"set `{asked[0]}`",
        stops=stops,
        gotcha="remote-vllm" if provider.kind == "remote::vllm" else None,
    )


def _hosted(case: Case, provider: Provider, model: Json, stops: int) -> Iterator[Finding]:
    """Yield that NVIDIA's own service wants a key; its defaults come from the environment."""
    environ = case.environ
    if environ is None or provider.api != "inference":
        return
    name = "base_url" if "base_url" in model["fields"] else "url"
    url = provider.config.get(name, environ.get("NVIDIA_BASE_URL", NVIDIA))
    key = provider.config.get("api_key")
    if "api_key" not in provider.config and case.schema.release.within(NVIDIA_ENVIRONMENT):
        key = environ.get("NVIDIA_API_KEY")
    if NVIDIA in str(url) and not key:
        yield Finding(
            id="provider-demands",
            level=Level.ERROR,
            effect=Effect.REFUSED,
            path=(*provider.path, "config") if "config" in provider.entry else provider.path,
            also=(provider.path,),
            what="`remote::nvidia` does not start without a key for NVIDIA's own service",
            instead=f"set `api_key`, or the `{name}` of a server of your own",
            stops=stops,
        )


def _twice(case: Case) -> Iterator[Finding]:
    named = [(p.api, p.id) for p in case.providers if p.surely_enabled and isinstance(p.id, str)]
    counted = Counter(named)
    for provider in case.providers:
        if not isinstance(provider.id, str) or counted[provider.api, provider.id] < 2:  # noqa: PLR2004 - twice
            continue
        last = [p for p in case.providers if (p.api, p.id) == (provider.api, provider.id)][-1]
        if provider is not last:
            yield Finding(
                id="provider-twice",
                level=Level.WARNING,
                effect=Effect.MEANS_SOMETHING_ELSE,
                path=(*provider.path, "provider_id"),
                what=f"a later provider of `{provider.api}` is called `{provider.id}` too and "
                "replaces this one",
                instead="give each provider of an API an id of its own",
            )
