"""Prints what a release does with each config: `python -m started FILE…`, one JSON object a file.

`stops` is the error of the start or null; `faults` and `dropped` are places as the release's own
pydantic models see them, `dropped` null if it came to none, and without what the server itself
reads; `unread` are configs of providers whose class cannot be imported, and `lacking` the types of
providers that were not made for want of a package.
"""

from __future__ import annotations

import asyncio
import contextlib
import inspect
import io
import json
import os
import sys
import tempfile
import warnings
from pathlib import Path
from typing import Any

import yaml
from pydantic import ValidationError

from . import stubs
from .dropping import dropped
from .release import CONFIG, module, named

LIMIT_S = 60.0


def judged(file: Path) -> dict[str, Any]:
    """Return what the release does with a config."""
    raw = yaml.safe_load(file.read_text(encoding="utf-8"))
    seen: dict[str, Any] = {"stops": None, "faults": [], "dropped": None}
    seen |= {"unread": [], "lacking": []}
    try:
        config = module("core.configure").parse_and_maybe_upgrade_config(
            yaml.safe_load(file.read_text(encoding="utf-8"))
        )
    except ValidationError as error:
        seen["faults"] = [list(each["loc"]) for each in error.errors()]
        seen["stops"] = f"models: {error.errors()[0]['type']} {error.errors()[0]['loc']}"
        return seen
    except Exception as error:  # noqa: BLE001 - whatever stops the start is the answer
        seen["stops"] = f"{type(error).__name__}: {error}"
        return seen
    values = module("core.stack").replace_env_vars(raw)
    reads = inspect.getsource(module("core.server.server"))
    seen["dropped"] = [
        place
        for place in dropped(values, config)
        if f'config_contents.get("{place[0]}")' not in reads
    ]
    _providers(config, seen)
    stubs.lacking.clear()
    seen["stops"] = start(file)
    seen["lacking"] = list(stubs.lacking)
    return seen


def _providers(config: Any, seen: dict[str, Any]) -> None:
    registry = module("core.distribution").get_provider_registry()
    by_name = {api.value: specs for api, specs in registry.items()}
    for api, providers in config.providers.items():
        for index, provider in enumerate(providers):
            spec = by_name.get(api, {}).get(provider.provider_type)
            if spec is None or not provider.provider_id or provider.provider_id == "__disabled__":
                continue
            if getattr(provider, "module", None):  # which replaces the release's own provider
                continue
            place = ("providers", api, index, "config")
            try:
                made = named(spec.config_class)(**provider.config)
            except ValidationError as error:
                seen["faults"] += [[*place, *each["loc"]] for each in error.errors()]
            except Exception:  # noqa: BLE001 - a class that cannot be imported says nothing
                seen["unread"].append([*place])
            else:
                seen["dropped"] += dropped(provider.config, made, place)


def start(file: Path) -> str | None:
    """Return what stops a start of the server's app; None if it starts."""
    stubs.patch()
    home = tempfile.mkdtemp(dir=Path.home())
    os.chdir(home)
    os.environ[CONFIG] = str(file.absolute())
    os.environ["SQLITE_STORE_DIR"] = home
    try:
        asyncio.run(asyncio.wait_for(_started(), LIMIT_S))
    except BaseException as error:  # noqa: BLE001 - as above
        return f"{type(error).__name__}: {' '.join(str(error).split())[:300]}"
    return None


async def _started() -> None:
    app = module("core.server.server").create_app()
    async with app.router.lifespan_context(app):
        pass


def main() -> None:
    """Print one JSON object for each file named on the command line."""
    stubs.close_network()
    out = sys.stdout
    for name in sys.argv[1:]:
        with contextlib.redirect_stdout(io.StringIO()), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            found = judged(Path(name))
        out.write(json.dumps(found, default=str) + "\n")
        out.flush()
    os._exit(0)  # a start may have left threads behind


if __name__ == "__main__":
    main()
