"""Judges by four rules, so that reading, printing and repairing are tested without schemas."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from conformance.core import releases
from conformance.judge.finding import Edit, Effect, Finding, Level, Operation

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from conformance.core.releases import Release


def written_for(config: Mapping[str, Any]) -> Release:
    """Return the reference release, or the newest for a config with `distro_name`."""
    return releases.find("latest") if "distro_name" in config else releases.reference()


def rewritings(config: Mapping[str, Any], release: Release) -> list[Finding]:
    """Return nothing: what a migration rewrites needs schemas."""
    del config, release
    return []


def refused(
    config: Mapping[str, Any], release: Release, environ: Mapping[str, str] | None
) -> set[str]:
    """Return nothing: what the four rules refuse has a cure."""
    del config, release, environ
    return set()


def findings(
    config: Mapping[str, Any], release: Release, environ: Mapping[str, str] | None
) -> list[Finding]:
    """Return what the four rules find."""
    return [
        *_apis(config, release),
        *_models(config),
        *_urls(config),
        *_variables(config, environ or {}),
    ]


def _apis(config: Mapping[str, Any], release: Release) -> Iterator[Finding]:
    apis = config.get("apis")
    if isinstance(apis, list) and "telemetry" in apis:
        path = ("apis", apis.index("telemetry"))
        yield Finding(
            id="unknown-api",
            level=Level.ERROR,
            effect=Effect.REFUSED,
            path=path,
            what=f"{release} has no API `telemetry`",
            since="llama-stack 0.4.0",
            instead="leave it out; the variables of OpenTelemetry switch it on",
            stops=0,
            edits=(Edit(Operation.REMOVE, path, comment="telemetry is no API any more"),),
        )


def _models(config: Mapping[str, Any]) -> Iterator[Finding]:
    if config.get("models"):
        edit = Edit(Operation.MOVE, ("models",), ("registered_resources", "models"))
        yield Finding(
            id="moved-key",
            level=Level.WARNING,
            effect=Effect.IGNORED,
            path=("models",),
            what="`models` is ignored",
            instead="`registered_resources.models`",
            edits=(edit,),
        )


def _urls(config: Mapping[str, Any]) -> Iterator[Finding]:
    providers = config.get("providers")
    inference = providers.get("inference") if isinstance(providers, dict) else None
    for number, each in enumerate(inference if isinstance(inference, list) else ()):
        settings = each.get("config") if isinstance(each, dict) else None
        if isinstance(settings, dict) and "url" in settings:
            path = ("providers", "inference", number, "config")
            yield Finding(
                id="renamed-key",
                level=Level.ERROR,
                effect=Effect.IGNORED,
                path=(*path, "url"),
                what=f"`url` is now `base_url`; it has {settings['url']}",
                edits=(Edit(Operation.MOVE, (*path, "url"), (*path, "base_url")),),
            )


def _variables(config: Mapping[str, Any], environ: Mapping[str, str]) -> Iterator[Finding]:
    name = config.get("image_name")
    if name == "${env.NAME}" and "NAME" not in environ:
        yield Finding(
            id="unset-variable",
            level=Level.NOTE,
            effect=Effect.REFUSED,
            path=("image_name",),
            what="`NAME` is not set",
        )
