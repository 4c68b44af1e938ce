"""Makes findings of what does not fit a release's models, and of the keys that they do not read."""

from __future__ import annotations

from difflib import get_close_matches
from functools import cache
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from conformance.judge import moves, stores, written
from conformance.judge.finding import Edit, Effect, Finding, Level, Operation
from conformance.schemas import reading

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from conformance.core.releases import Release
    from conformance.judge.case import Case
    from conformance.judge.finding import Path
    from conformance.judge.shape import Fault, Unread
    from conformance.schemas.reading import Json, Schema

# Blocks of 0.2 that held a store each; what is in them went to `storage`.
STORES = frozenset(
    ("metadata_store", "inference_store", "conversations_store", "persistence_store")
) | {"responses_store", "kvstore", "kv_store"}
OLD_STORES = "old-stores"
STORE_TYPES = frozenset({"sqlite", "postgres", "redis", "mongodb"})
NAMES = frozenset({"image_name", "distro_name"})  # of the whole, which nothing looks at
PREDICATES = ("must ", "is ")  # how a message begins that goes on after its place
DOORS = frozenset({"authentication", "provider"})
MISSPELT = 0.85  # likeness of a key that is surely written by mistake; less is only asked about


def dotted(path: Path) -> str:
    """Return a place as a person writes it: `providers.inference[0].config`."""
    text = ""
    for step in path:
        text += f"[{step}]" if isinstance(step, int) else f".{step}"
    return text.removeprefix(".")


def refused(faults: Iterable[Fault], stops: int, case: Case) -> Iterator[Finding]:
    """Yield a finding for each fault of the models."""
    for order, fault in enumerate(faults):
        if case.emptied(fault.path):
            yield emptied(fault.path, stops + order)
            continue
        yield Finding(
            id="missing-key" if fault.missing else "wrong-value",
            level=Level.ERROR,
            effect=Effect.REFUSED,
            path=fault.path,
            also=((*fault.path, fault.missing),) if fault.missing else (),
            what=_sentence(fault),
            instead=_cure(fault, case),
            stops=stops + order,
        )


def _cure(fault: Fault, case: Case) -> str:
    """Return what to write for a fault; "" if only its sentence says."""
    if fault.missing:
        return f"add `{fault.missing}`, any name" if fault.missing in NAMES else ""
    return written.cure(stores.at(case.written, fault.path), case.schema.facts["environment"][0])


def _sentence(fault: Fault) -> str:
    """Return what is wrong; without a colon behind the place, after which a key would be masked."""
    path = (*fault.path, fault.missing) if fault.missing else fault.path
    place = f"`{dotted(path)}`" if path else "the config"
    separate = not fault.message.startswith(PREDICATES)
    return f"in {place}, {fault.message}" if separate else f"{place} {fault.message}"


def emptied(path: Path, stops: int) -> Finding:
    """Return the finding of a value that is demanded and that an empty variable leaves out."""
    return Finding(
        id="empty-variable",
        level=Level.ERROR,
        effect=Effect.REFUSED,
        path=path,
        what=f"`{dotted(path)}` must have a value, and its variable is empty",
        instead="set the variable",
        stops=stops,
        gotcha="env-variables",
    )


def ignored(keys: Iterable[Unread], case: Case) -> Iterator[Finding]:
    """Yield a finding for each key that no model reads; 0.2's stores are one finding."""
    stores = []
    for key in keys:
        if _old_store(key):
            stores.append(key)
        else:
            yield _ignored(key, case)
    if stores:
        yield _old_stores([key.path for key in stores])


def _old_store(key: Unread) -> bool:
    name, value = key.path[-1], key.value
    if name in STORES and isinstance(value, dict):
        return str(value.get("type")) in STORE_TYPES or "db_path" in value
    within = len(key.path) > 1 and key.path[-2] in STORES
    return within and name in {"type", "db_path"}


def joined(found: list[Finding]) -> list[Finding]:
    """Return the findings with all those of 0.2's stores as one."""
    old = [one for one in found if one.id == OLD_STORES]
    if len(old) < 2:  # noqa: PLR2004 - nothing to join
        return found
    places = [place for one in old for place in (one.path, *one.also)]
    return [one for one in found if one.id != OLD_STORES] + [_old_stores(places)]


def _old_stores(places: Sequence[Path]) -> Finding:
    return Finding(
        id=OLD_STORES,
        level=Level.WARNING,
        effect=Effect.IGNORED,
        path=places[0],
        also=tuple(places[1:]),
        what="these stores are written for 0.2 and are ignored: "
        + ", ".join(f"`{dotted(place)}`" for place in places),
        since="llama-stack 0.3.0",
        instead="name the databases under `storage.backends` and refer to them by "
        "`backend` with `namespace` (key-value) or `table_name` (SQL)",
    )


def _ignored(key: Unread, case: Case) -> Finding:
    schema = case.schema
    since = _since(schema.release, key.model["name"], str(key.path[-1]))
    moved = moves.of(key.path, key.model, schema)
    if moved and not moved.to and not since:  # it has not left: it was never there
        moved = None
    later = "" if moved or since else _later(schema.release, key.model["name"], str(key.path[-1]))
    meant = "" if moved or later else key.meant
    empty = key.value is None or (isinstance(key.value, str | dict | list) and not key.value)
    opens = _gotcha(key.path) == "misspelt-auth"  # the gateway stands open
    finding_id = "moved-key" if moved else "misspelt-key" if meant else "unknown-key"
    return Finding(
        id=finding_id,
        level=Level.NOTE if empty else Level.ERROR if opens else Level.WARNING,
        effect=Effect.IGNORED,
        path=key.path,
        what=f"`{dotted(key.path)}` is ignored: {schema.release} knows no such key here",
        since=since,
        instead=f"it comes with {later}" if later else _instead(moved, meant),
        gotcha=_gotcha(key.path),
        edits=_edits(key, moved, meant, case),
    )


def _gotcha(path: Path) -> str:
    if path[:2] == ("server", "quota"):
        return "request-quota"
    if path[0] == "server" and path[-1] in DOORS:
        return "misspelt-auth"
    if path[0] == "providers":
        return "misspelt-provider-keys"
    if path[0] == "telemetry":
        return "telemetry-removed"
    return "misspelt-keys" if path[0] in {"storage", "registered_resources"} else "ignored-keys"


@cache
def _since(release: Release, called: str, name: str) -> str:
    """Return since when a model does not read a key."""
    return reading.since(release, lambda earlier: _knew(earlier, called, name))


@cache
def _later(release: Release, called: str, name: str) -> str:
    """Return which later release is the first whose model of the same name reads a key."""
    return reading.comes_with(release, lambda later: _knew(later, called, name))


def _knew(earlier: Schema, called: str, name: str) -> bool:
    """Return whether the model of the same name on another release reads a key."""
    if called in {"StackConfig", "StackRunConfig"}:
        return _reads(earlier.stack, name)
    models = earlier.facts["models"].values()
    return any(model["name"] == called and _reads(model, name) for model in models)


def _reads(model: dict[str, Any], name: str) -> bool:
    fields = model["fields"].items()
    return any(name in field.get("names", [attribute]) for attribute, field in fields)


def _instead(moved: moves.Move | None, meant: str) -> str:
    if meant:
        return f"did you mean `{meant}`?"
    if moved is None:
        return ""
    return f"write it as `{dotted(moved.to)}`" if moved.to else moved.text


def _edits(key: Unread, moved: moves.Move | None, meant: str, case: Case) -> tuple[Edit, ...]:
    if meant:
        sure = get_close_matches(str(key.path[-1]), [meant], cutoff=MISSPELT)
        return (Edit(Operation.MOVE, key.path, (*key.path[:-1], meant)),) if sure else ()
    if moved is None:
        return ()
    if not moved.to:
        reason = moved.text.removeprefix("leave it out").lstrip(":; ")
        comment = f"`{dotted(key.path)}` was here: {reason}"
        return (Edit(Operation.REMOVE, key.path, comment=comment),)
    if moved.to[-1] == "base_url":
        return () if key.path in case.substituted else _base_url(key, moved.to)
    if key.value in ([], {}) and not moved.keeps:  # another form, and nothing to write in it
        return (Edit(Operation.REMOVE, key.path),)
    return (Edit(Operation.MOVE, key.path, moved.to),) if moved.keeps else ()


def _base_url(key: Unread, to: Path) -> tuple[Edit, ...]:
    """Return the edits of a URL's key; its value needs the version that earlier releases added."""
    move = Edit(Operation.MOVE, key.path, to)
    if not isinstance(key.value, str):
        return ()
    if key.value.rstrip("/").endswith("/v1"):
        return (move,)
    return (move, Edit(Operation.SET, to, value=versioned(key.value, key.model)))


def versioned(url: str, model: Json) -> str:
    """Return a URL with its version: the provider's own default, if that is of the same host."""
    default = model["fields"].get("base_url", {}).get("default")
    if isinstance(default, str) and _host(default) == _host(url):
        return default
    return url.rstrip("/") + "/v1"


def _host(url: str) -> str:
    try:
        return urlsplit(url).netloc
    except ValueError:
        return url
