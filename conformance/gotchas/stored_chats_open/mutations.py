"""Mutations for the checks of `stored-chats-open`."""

from conformance.stack.altered_answers import alter
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


@flips(
    {
        "stored-chats-open/list-without-a-key": "server-error",
        "stored-chats-open/one-without-a-key": "server-error",
        "stored-chats-open/config-without-the-store-left-out": "list-fails",
    }
)
def stored_chats_cannot_be_read(patch, stack):
    """Who asks for stored chats gets a 500."""

    async def fail(_self, _request):
        raise RuntimeError("the disk is full")

    patch.setattr(stack(ROUTER), "list_chat_completions", fail)
    patch.setattr(stack(ROUTER), "get_chat_completion", fail)


@flips(
    {
        "stored-chats-open/list-without-a-key": "not-shown",
        "stored-chats-open/one-without-a-key": "not-shown",
        "stored-chats-open/delete": "not-shown",
    }
)
def stored_chats_have_other_ids(patch, stack):
    """A stored chat is shown under another id than its caller was given."""
    alter(patch, stack, _of_stored_chats)


def _of_stored_chats(text):
    return text.replace('"id":"chatcmpl', '"id":"other') if "input_messages" in text else text


@flips({"stored-chats-open/with-auth-of-the-same-role": "not-shown"})
def chats_belong_to_their_callers(patch, stack):
    """A caller is shown no chats but the caller's own."""
    original = stack(STORE).list_chat_completions
    user = stack("core.request_headers:get_authenticated_user")
    writers = {}

    async def keep(self, completion, messages):
        writers[completion.id] = user().principal
        await kept(self, completion, messages)

    async def listed(self, *arguments, **named):
        found = await original(self, *arguments, **named)
        found.data = [chat for chat in found.data if writers[chat.id] == user().principal]
        found.first_id = found.last_id = ""
        return found

    kept = stack(STORE).store_chat_completion
    patch.setattr(stack(STORE), "store_chat_completion", keep)
    patch.setattr(stack(STORE), "list_chat_completions", listed)


@flips(
    {
        "stored-chats-open/with-auth-of-another-role": "readable",
        "stored-chats-open/with-auth-without-a-token": "readable",
    }
)
def nobody_is_told_apart(patch, stack):
    """Every caller, with a token or without, is taken for the same one."""
    server = stack(SERVER)
    user = stack("core.datatypes:User")(principal="alice", attributes={"roles": ["user"]})

    class Everybody:
        def __init__(self, app, *_, **__):
            self.app = app

        async def __call__(self, scope, receive, send):
            scope |= {"principal": user.principal, "user_attributes": user.attributes}
            await self.app(scope, receive, send)

    patch.setattr(server, "AuthenticationMiddleware", Everybody)


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
