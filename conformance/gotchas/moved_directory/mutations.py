"""Mutations for the checks of `moved-directory`."""

import os
from pathlib import Path

from conformance.stack.mutations import flips_server

SERVER = "core.server.server"


@flips_server(
    {
        "moved-directory/start": "forgotten",
        "moved-directory/paths-changed": "followed",
        "moved-directory/directory-named": "moved",
    }
)
def every_start_moves_the_directory(patch, stack):
    """A start moves `~/.llama` away, whatever the variables say."""
    original = stack(SERVER).create_app

    def create_app():
        old, new = (Path(os.environ["HOME"], name) for name in (".llama", ".ogx"))
        if old.exists() and not new.exists():
            old.rename(new)
        return original()

    patch.setattr(stack(SERVER), "create_app", create_app)
