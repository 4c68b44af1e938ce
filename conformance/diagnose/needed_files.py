"""Finds files that a start reads and that are not here: certificates, external providers.

The server may run elsewhere, in a container say, so nothing is refused: a note says what it needs.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from conformance.diagnose import variables
from conformance.judge import moves
from conformance.judge.finding import Effect, Finding, Level
from conformance.schemas import reading

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from conformance.core.releases import Release
    from conformance.judge.finding import Path as Place
    from conformance.schemas.reading import Schema

OF_THE_STACK: tuple[tuple[str, ...], ...] = (
    ("server", "tls_certfile"),
    ("server", "tls_keyfile"),
    ("server", "tls_cafile"),
    ("external_providers_dir",),
    ("external_apis_dir",),
)
OF_A_PROVIDER: tuple[tuple[str, ...], ...] = (
    ("tls_verify",),
    ("network", "tls", "verify"),
    ("network", "tls", "client_cert"),
    ("network", "tls", "client_key"),
    ("network", "proxy", "cacert"),
)
TRUTHS = frozenset({"true", "false", "yes", "no", "on", "off", "1", "0"})


def findings(
    config: Mapping[str, Any], release: Release, environ: Mapping[str, str]
) -> Iterator[Finding]:
    """Yield a note for each file that a start on a release reads and that is not here."""
    schema = reading.of(release)
    for place in _places(config, schema):
        text = variables.resolved(_at(config, place), environ)
        if isinstance(text, str) and text and text.lower() not in TRUTHS and not _is_here(text):
            yield Finding(
                id="needed-file",
                level=Level.NOTE,
                effect=Effect.NOT_CHECKED,
                path=place,
                what=f"the start reads `{text}`, which is not here",
                instead="make sure that it is where the server runs",
            )


def _places(config: Mapping[str, Any], schema: Schema) -> Iterator[Place]:
    for steps in OF_THE_STACK:
        if moves.knows(schema.stack, steps, schema):
            yield steps
    section = config.get("providers")
    for api, entries in section.items() if isinstance(section, dict) else ():
        for index, entry in enumerate(entries if isinstance(entries, list) else ()):
            kind = entry.get("provider_type") if isinstance(entry, dict) else None
            model = schema.config(str(api), str(kind))
            for steps in OF_A_PROVIDER if model else ():
                if model and moves.knows(model, steps, schema):
                    yield ("providers", api, index, "config", *steps)


def _at(config: Any, place: Place) -> Any:
    for step in place:
        try:
            config = config[step]
        except (KeyError, IndexError, TypeError):
            return None
    return config


def _is_here(text: str) -> bool:
    try:
        return Path(text).expanduser().exists()
    except (OSError, RuntimeError, ValueError):
        return False
