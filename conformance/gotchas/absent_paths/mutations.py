"""Mutations for the checks of `absent-paths`."""

from conformance.stack.mutations import SERVER, each, flips, served_without, statuses

ABSENT = (
    *("chat-below-openai", "chat-without-v1", "chat-of-inference"),
    *("rerank", "responses", "messages"),
)


@flips(
    each(
        "absent-paths/path",
        "served",
        (
            "batches",
            "chat-below-openai",
            "chat-of-inference",
            "chat-with-slash",
            "chat-without-v1",
            "completion-of-inference",
            "completions-below-openai",
            "count-tokens",
            "embeddings-below-openai",
            "embeddings-of-inference",
            "files",
            "health-at-root",
            "images",
            "interactions",
            "messages",
            "models-below-openai",
            "moderations",
            "rerank",
            "rerank-of-inference",
            "responses",
            "responses-below-openai",
            "speech",
            "tool-groups",
            "transcriptions",
            "vector-stores",
        ),
    )
    | each("absent-paths/exists", "exists", (*ABSENT, "chat-with-slash"))
)
def every_path_exists(patch, stack):
    """Somebody answers whatever is asked."""
    original = stack(SERVER).create_app

    def create_app():
        app = original()

        async def anything():
            return {}

        app.add_api_route("/{path:path}", anything, methods=["GET", "POST"])
        return app

    patch.setattr(stack(SERVER), "create_app", create_app)


@flips(each("absent-paths/path", "server-error", ("chat", "models", "prompts", "rerank")))
def every_path_fails(patch, stack):
    """Every answer has the status 500."""
    statuses(patch, stack, lambda _: 500)


@flips(
    each(
        "absent-paths/path",
        "absent",
        (
            "chat",
            "completions",
            "conversations",
            "embeddings",
            "prompts",
            "rerank-alpha",
            "stored-chats",
        ),
    )
    | each("absent-paths/exists", "absent", ("chat", "completions", "embeddings"))
    | {"absent-paths/path-models": "moved"}
    | {"absent-paths/path-one-model": "other-method"}
)
def nothing_is_served(patch, stack):
    """No path exists."""
    served_without(patch, stack, "/", "GET", "POST")
