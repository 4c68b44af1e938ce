"""Changes the stack on purpose, so that a test can see every check turn: what mutations share.

A mutation is a function `(patch, stack)` beside the checks it turns, in `mutations.py`. It changes
the stack in this process through pytest's `MonkeyPatch`; `stack("core.stack:replace_env_vars")`
returns an object of the stack. Its docstring says what the changed stack does.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from conformance.stack import mutated_server

if TYPE_CHECKING:
    import pytest

Stack = Callable[[str], Any]
Change = Callable[["pytest.MonkeyPatch", Stack], None]

PASSTHROUGH = "providers.remote.inference.passthrough.passthrough"
VALIDATOR = "providers.remote.inference.passthrough:PassthroughProviderDataValidator"
SERVER = "core.server.server"


@dataclass(frozen=True, slots=True)
class Mutation:
    """A change of the stack, and what each of these checks then observes."""

    name: str
    change: Change
    flips: Mapping[str, str]
    inside: Change | None = None


def flips(outcomes: Mapping[str, str]) -> Callable[[Change], Mutation]:
    """Make a mutation of a function: check id → outcome under it, which is not the expected one."""
    return lambda change: Mutation(change.__name__, change, outcomes)


def flips_server(outcomes: Mapping[str, str]) -> Callable[[Change], Mutation]:
    """Make a mutation for checks of a server's process: the function is called inside of it."""

    def made(inside: Change) -> Mutation:
        place = f"{inside.__module__}:{inside.__name__}"

        def change(patch: pytest.MonkeyPatch, _stack: Stack) -> None:
            patch.setattr(mutated_server, "CHANGE", place)

        change.__module__ = inside.__module__
        return Mutation(inside.__name__, change, outcomes, inside)

    return made


def each(check: str, outcome: str, variants: tuple[str, ...]) -> dict[str, str]:
    """Return the same outcome for each variant of a check."""
    return {f"{check}-{variant}": outcome for variant in variants}


def before_parsing(
    patch: pytest.MonkeyPatch, stack: Stack, change: Callable[[Any], object]
) -> None:
    """Let the stack apply `change` to the mapping it has read, before it looks at its keys."""
    server = stack(SERVER)
    original = server.cast_distro_name_to_string

    def changed(config: Any) -> Any:
        change(config)
        return original(config)

    patch.setattr(server, "cast_distro_name_to_string", changed)


def keys(value: Any, parent: str = "") -> Iterator[tuple[str, str]]:
    """Yield every key of a config with the name of what holds it; a list lends its own name."""
    for item in value if isinstance(value, list) else ():
        yield from keys(item, parent)
    for key, inner in value.items() if isinstance(value, dict) else ():
        yield parent, key
        yield from keys(inner, key)


def served_without(patch: pytest.MonkeyPatch, stack: Stack, path: str, *methods: str) -> None:
    """Let the server come up without these methods of all routes whose path begins so."""
    original = stack(SERVER).create_app

    def create_app() -> Any:
        app = original()
        app.router.routes[:] = [
            route
            for route in app.router.routes
            if not (route.path.startswith(path) and route.methods & {*methods})
        ]
        return app

    patch.setattr(stack(SERVER), "create_app", create_app)


def ask_with(patch: pytest.MonkeyPatch, stack: Stack, made: Callable[[Any, Any], Any]) -> None:
    """Let chats of passthrough providers be asked with `made(sdk_method, params)`."""
    module = stack(PASSTHROUGH)

    async def answer(self: Any, params: Any) -> Any:
        create = self._get_openai_client().chat.completions.create
        response = await create(**made(create, params))
        return module.wrap_async_stream(response) if params.stream else response

    patch.setattr(module.PassthroughInferenceAdapter, "openai_chat_completion", answer)


def make_optional(patch: pytest.MonkeyPatch, stack: Stack, **fields: Any) -> None:
    """Redefine fields of the passthrough provider data; each is given as `create_model` wants."""
    from pydantic import create_model  # noqa: PLC0415 - a dependency of the stack, not of ours

    validator = stack(VALIDATOR)
    changed = create_model("Changed", __base__=validator, **fields)
    patch.setattr(stack(VALIDATOR.partition(":")[0]), validator.__name__, changed)


def inference_routes(stack: Stack) -> Any:
    """Return the module that serves inference; it is in the API package, beside the stack's own."""
    package = stack("core.routers.inference:OpenAIChatCompletion").__module__.partition(".")[0]
    return importlib.import_module(f"{package}.inference.fastapi_routes")


def statuses(patch: pytest.MonkeyPatch, stack: Stack, change: Callable[[int], int]) -> None:
    """Let every answer of the gateway have the status that `change` makes of its own."""
    app = stack(f"{SERVER}:StackApp")
    original = app.__call__

    async def call(self: Any, scope: Any, receive: Any, send: Any) -> None:
        async def changed(message: Any) -> None:
            if message["type"] == "http.response.start":
                message = message | {"status": change(message["status"])}
            await send(message)

        await original(self, scope, receive, changed)

    patch.setattr(app, "__call__", call)


def blame_vendors(patch: pytest.MonkeyPatch, stack: Stack) -> None:
    """Let every error be a 502, whatever it comes of."""
    from fastapi import HTTPException  # noqa: PLC0415 - a dependency of the stack, not of ours

    patch.setattr(stack(SERVER), "translate_exception", lambda _e: HTTPException(502, "failed"))


def end_failing_streams(patch: pytest.MonkeyPatch, stack: Stack) -> None:
    """Let what goes wrong in a stream of a passthrough provider just be its end."""

    async def wrapped(stream: Any) -> Any:
        try:
            async for chunk in stream:
                yield chunk
        except Exception:  # noqa: BLE001 - whatever it is
            return

    patch.setattr(stack(PASSTHROUGH), "wrap_async_stream", wrapped)


def find_no_model(patch: pytest.MonkeyPatch, stack: Stack) -> None:
    """Let every chat end before it reaches a provider, as one for an unknown model does."""
    router = stack("core.routers.inference:InferenceRouter")

    async def refuse(_self: Any, _model: str, _kind: Any) -> Any:
        raise ValueError("no")

    patch.setattr(router, "_get_model_provider", refuse)


def without_auth(patch: pytest.MonkeyPatch) -> None:
    """Let a config be read as if it had no `server.auth`."""
    import yaml  # noqa: PLC0415 - costs its users

    original = yaml.safe_load

    def load(stream: Any) -> Any:
        config = original(stream)
        if isinstance(config, dict) and isinstance(config.get("server"), dict):
            config["server"].pop("auth", None)
        return config

    patch.setattr(yaml, "safe_load", load)
