"""Mutations for the checks of `stored-chats-open`."""

from conformance.stack.mutations import flips

STORE = "providers.utils.inference.inference_store:InferenceStore"
ROUTER = "core.routers.inference:InferenceRouter"
SERVER = "core.server.server"


@flips(
    {
        "stored-chats-open/list-without-a-key": "refused",
        "stored-chats-open/one-without-a-key": "refused",
    }
)
def stored_chats_are_not_shown(patch, stack):
    """Nobody is shown stored chats."""

    async def refuse(_self, _request):
        raise PermissionError("not for you")

    patch.setattr(stack(ROUTER), "list_chat_completions", refuse)
    patch.setattr(stack(ROUTER), "get_chat_completion", refuse)


@flips({"stored-chats-open/delete": "deleted"})
def stored_chats_can_be_deleted(patch, stack):
    """There is a route that deletes a stored chat."""
    original = stack(SERVER).create_app

    def create_app():
        app = original()

        @app.delete("/v1/chat/completions/{identifier}")  # type: ignore[untyped-decorator]
        async def delete(identifier: str):
            store = next(impl.store for impl in app.stack.impls.values() if hasattr(impl, "store"))
            await store.sql_store.delete(store.reference.table_name, where={"id": identifier})

        return app

    patch.setattr(stack(SERVER), "create_app", create_app)


@flips({"stored-chats-open/in-the-files": "not-found"})
def prompts_are_left_out(patch, stack):
    """What is stored has no prompt."""
    original = stack(STORE).store_chat_completion

    async def store(self, completion, messages):
        await original(self, completion, [m.model_copy(update={"content": "-"}) for m in messages])

    patch.setattr(stack(STORE), "store_chat_completion", store)


@flips({"stored-chats-open/config-without-the-store-left-out": "not-stored"})
def nothing_is_stored(patch, stack):
    """The store takes chats and keeps none."""

    async def store(_self, _completion, _messages):
        return None

    patch.setattr(stack(STORE), "store_chat_completion", store)


@flips({"stored-chats-open/config-without-the-store-null": "still-stored"})
def null_means_the_default_store(patch, stack):
    """A store that is null is the default one."""
    original = stack("core.routers:get_auto_router_impl")
    default = stack("core.storage.datatypes:ServerStoresConfig").model_fields["inference"].default

    async def route(api, table, deps, run_config, policy):
        run_config.storage.stores.inference = run_config.storage.stores.inference or default
        return await original(api, table, deps, run_config, policy)

    patch.setattr(stack("core.routers"), "get_auto_router_impl", route)
