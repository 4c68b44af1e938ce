"""Mutations for the checks of `key-kept`."""

import logging
import os
import sys
from pathlib import Path

from conformance.stack.mutations import flips

ADAPTER = "providers.remote.inference.passthrough.passthrough:PassthroughInferenceAdapter"
PASSTHROUGH = ADAPTER.partition(":")[0]


@flips(
    {
        "key-kept/in-files": "kept",
        "key-kept/in-the-log": "kept",
        "key-kept/in-the-terminal": "kept",
        "key-in-log/both-fields": "whole-key",
    }
)
def keys_are_written_down(patch, stack):
    """Each key that is used is written to a file, logged and printed."""
    original = stack(ADAPTER)._get_passthrough_api_key
    logger = logging.getLogger(stack(PASSTHROUGH).__name__)

    def get(self):
        key = original(self)
        Path(os.environ["HOME"], "keys").write_text(key, encoding="utf-8")
        logger.error("a key: %s", key)
        sys.stdout.write(key)
        return key

    patch.setattr(stack(ADAPTER), "_get_passthrough_api_key", get)
