"""Mutations for the checks of `broken-stores`."""

import os
import shutil
from pathlib import Path

from conformance.stack.mutations import before_parsing, each, flips

KINDS = "no-database-registry", "no-database-chats", "a-directory-registry", "a-directory-chats"


@flips(each("broken-stores/with", "served", KINDS))
def broken_stores_are_put_aside(patch, stack):
    """What is no database is moved out of the way before a start."""

    def put_aside(_config):
        for file in Path(os.environ["HOME"]).glob("*.db"):
            shutil.move(file, file.with_suffix(".broken"))

    before_parsing(patch, stack, put_aside)
