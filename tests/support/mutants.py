"""Makes faulty configs out of good ones: one to three small mistakes each, the same for a seed."""

from __future__ import annotations

import copy
import random
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

Json = dict[str, Any]
WRONG: tuple[Any, ...] = ("text", 7, True, None, [], {}, ["a"], {"a": 1}, -1, "12", 1.5)


def mutants(good: Sequence[Json], seed: int, count: int) -> Iterator[Json]:
    """Yield `count` configs made from good ones."""
    chance = random.Random(seed)  # noqa: S311 - nothing secret
    for _ in range(count):
        made = copy.deepcopy(chance.choice(good))
        for _ in range(chance.choice((0, 1, 1, 1, 2, 3))):
            chance.choice(MISTAKES)(made, chance)
        yield made


def _places(value: Any) -> Iterator[tuple[Any, Any]]:
    """Yield every mapping or list with each of its keys or positions."""
    if isinstance(value, dict | list):
        for key in list(value) if isinstance(value, dict) else range(len(value)):
            yield value, key
            yield from _places(value[key])


def _named(made: Json, chance: random.Random) -> tuple[Any, Any] | None:
    found = [place for place in _places(made) if isinstance(place[0], dict)]
    return chance.choice(found) if found else None


def _drop(made: Json, chance: random.Random) -> None:
    if place := _named(made, chance):
        del place[0][place[1]]


def _misspell(made: Json, chance: random.Random) -> None:
    if place := _named(made, chance):
        name = str(place[1])
        at = chance.randrange(len(name) + 1)
        place[0][name[:at] + "x" + name[at:]] = place[0].pop(place[1])


def _add(made: Json, chance: random.Random) -> None:
    if place := _named(made, chance):
        place[0][chance.choice(("url", "extra_key", "enabled", "kvstore"))] = chance.choice(WRONG)


def _wrong(made: Json, chance: random.Random) -> None:
    if place := _named(made, chance):
        place[0][place[1]] = copy.deepcopy(chance.choice(WRONG))


def _provider(made: Json, chance: random.Random) -> None:
    providers = made.get("providers")
    if isinstance(providers, dict) and providers:
        name = chance.choice(list(providers))
        if chance.random() < 0.5:
            del providers[name]
        else:
            providers[chance.choice(("models", "prompts", "telemetry", "safety"))] = providers[name]


def _api(made: Json, chance: random.Random) -> None:
    apis = made.get("apis")
    if isinstance(apis, list):
        change: Callable[[Any], Any] = chance.choice((apis.append, apis.remove))
        names = ["telemetry", "files", "batches", "prompts", "models", "eval", "agents"]
        change(chance.choice(names if change == apis.append else apis or names))


def _backend(made: Json, chance: random.Random) -> None:
    found = [place for place in _places(made) if place[1] == "backend"]
    if found:
        holder, key = chance.choice(found)
        holder[key] = chance.choice(("kv_default", "sql_default", "mine"))


def _model(made: Json, chance: random.Random) -> None:
    resources = made.setdefault("registered_resources", {})
    models = resources.setdefault("models", []) if isinstance(resources, dict) else None
    if isinstance(models, list):
        entry: Json = {
            "model_id": chance.choice(("m", "n")),
            "provider_id": chance.choice(("a", "b")),
        }
        if chance.random() < 0.3:
            entry["model_type"] = chance.choice(("llm", "embedding", "other"))
        models.append(entry)


MISTAKES = (_drop, _misspell, _add, _wrong, _provider, _api, _backend, _model, _drop, _wrong)
