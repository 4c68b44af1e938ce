"""Mutations for the checks of connections to vendors, made and left open."""

import importlib

from tests.mutations import flips

PASSTHROUGH = "providers.remote.inference.passthrough.passthrough"


@flips({"new-connections/connections": "one-for-all"})
def clients_are_kept(patch, stack):
    """A client is made once for each vendor and key."""
    module = stack(PASSTHROUGH)
    original = module.AsyncOpenAI
    kept: dict[tuple[object, ...], object] = {}

    def made(**options):
        known = tuple(sorted(options.items()))
        kept[known] = kept.get(known) or original(**options)
        return kept[known]

    patch.setattr(module, "AsyncOpenAI", made)


@flips(
    {
        f"abandoned-streams/caller-leaves-{name}": "closed"
        for name in ("openai", "gemini", "anthropic")
    }
)
def streams_have_no_task_for_each_piece(patch, _stack):
    """A stream runs in the request's own task, which a caller who leaves ends."""
    routes = importlib.import_module("llama_stack_api.inference.fastapi_routes")
    patch.setattr(routes, "_preserve_context_for_sse", lambda stream: stream)
