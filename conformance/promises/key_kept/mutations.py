"""Mutations for the checks of `key-kept`."""

import logging
import os
import sys
from pathlib import Path

from conformance.stack.mutations import each, flips

ADAPTER = "providers.remote.inference.passthrough.passthrough:PassthroughInferenceAdapter"
PASSTHROUGH = ADAPTER.partition(":")[0]


@flips(
    {
        "key-kept/in-files": "kept",
        "key-kept/in-the-log": "kept",
        "key-kept/in-the-terminal": "kept",
        "key-kept/in-the-environment": "kept",
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
        os.environ["LAST_KEY"] = key
        return key

    patch.setattr(stack(ADAPTER), "_get_passthrough_api_key", get)


@flips(each("key-kept/in-answers", "shown", ("openai", "openai-mini", "gemini", "anthropic")))
def errors_quote_the_provider_data(patch, stack):
    """What goes wrong with a request is told with all that the caller sent."""
    from fastapi import HTTPException

    data = stack("core.request_headers:PROVIDER_DATA_VAR")
    server = stack("core.server.server")
    routers = stack("core.routers.inference:InferenceRouter")
    original = routers.openai_chat_completion

    async def chat(self, *arguments, **named):
        try:
            return await original(self, *arguments, **named)
        except Exception as error:
            raise ValueError(f"{error} {data.get()}") from error

    patch.setattr(routers, "openai_chat_completion", chat)
    patch.setattr(server, "translate_exception", lambda error: HTTPException(500, str(error)))


@flips({"key-kept/at-other-vendors": "at-another"})
def keys_are_tried_everywhere(patch, stack):
    """A request has the key of the one before it, in a header of its own."""
    original = stack(ADAPTER)._get_openai_client
    kept = []

    def client(self):
        kept.append(self._get_passthrough_api_key())
        return original(self).copy(default_headers={"x-also": kept[-2:][0]})

    patch.setattr(stack(ADAPTER), "_get_openai_client", client)
