"""Mutations for the checks of `broken-stores`."""

import os
import shutil
from pathlib import Path

from conformance.stack.mutations import before_parsing, each, flips

KINDS = "no-database-registry", "no-database-chats", "a-directory-registry", "a-directory-chats"
DAMAGES = (
    *("half-registry", "half-chats", "overwritten-registry", "overwritten-chats", "full-chats"),
    *("read-only-registry", "read-only-chats", "other-columns-registry", "other-columns-chats"),
)


def put_aside(_config):
    """Move every database of the home out of the way."""
    for file in Path(os.environ["HOME"]).glob("*.db"):
        shutil.move(file, file.with_suffix(".broken"))


@flips(
    {
        **each("broken-stores/with", "served", KINDS),
        **each("broken-stores/left", "forgotten", DAMAGES),
        "broken-stores/outgrown": "served",
    }
)
def broken_stores_are_put_aside(patch, stack):
    """Databases are moved out of the way before a start."""
    before_parsing(patch, stack, put_aside)


@flips(each("broken-stores/locked", "served", ("registry", "chats")))
def locked_stores_are_put_aside(patch, stack):
    """Databases are moved out of the way before a start."""
    before_parsing(patch, stack, put_aside)
