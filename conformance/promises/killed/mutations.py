"""Mutations for the checks of `killed`."""

import os
from pathlib import Path

from conformance.stack.mutations import flips_server

SERVER = "core.server.server"


@flips_server({"killed/while-chats-are-written": "chats-lost"})
def a_start_deletes_what_is_stored(patch, stack):
    """Each start begins with an empty store."""
    original = stack(SERVER).create_app

    def create_app():
        for file in Path(os.environ["HOME"]).rglob("sql.db*"):
            file.unlink()
        return original()

    patch.setattr(stack(SERVER), "create_app", create_app)


@flips_server({"killed/while-it-starts": "start-fails"})
def a_registry_is_in_the_way(patch, stack):
    """A start refuses to use a registry that is there."""
    original = stack(SERVER).create_app

    def create_app():
        if any(Path(os.environ["HOME"]).rglob("kv.db")):
            raise SystemExit(3)
        return original()

    patch.setattr(stack(SERVER), "create_app", create_app)
