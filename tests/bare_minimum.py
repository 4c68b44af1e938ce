"""The least a user would write to see an answer: import the stack, boot run.yaml, one chat.

`make bench` measures the suite against this. It uses nothing of the suite but the recorded answer.
`bare_minimum.py [MODULE HEADER CONFIG_VARIABLE CONFIG]` does the same on another release.
"""

import asyncio
import json
import os
import sys
import tempfile
from importlib import import_module
from pathlib import Path

import httpx
import vcr

ROOT = Path(__file__).parents[1]
CASSETTE = ROOT / "cassettes" / "openai" / "chat.yaml"
REFERENCE = (
    *("llama_stack", "X-LlamaStack-Provider-Data", "LLAMA_STACK_CONFIG"),
    str(ROOT / "run.yaml"),
)


async def chat(module: str, header: str) -> httpx.Response:
    """Boot the stack and return what one chat answers; some releases answer none."""
    app = import_module(f"{module}.core.server.server").create_app()
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=transport, base_url="http://gateway.test") as client,
    ):
        player = vcr.VCR(record_mode="none", match_on=["method", "host", "path", "body"])
        with player.use_cassette(str(CASSETTE), ignore_hosts=["gateway.test"]):
            data = {"passthrough_url": "https://api.openai.com", "passthrough_api_key": "made-up"}
            return await client.post(
                "/v1/chat/completions",
                json={
                    "model": "openai/gpt-4o",
                    "messages": [{"role": "user", "content": "Say hello."}],
                    "max_completion_tokens": 200,
                },
                headers={header: json.dumps(data)},
            )


if __name__ == "__main__":
    module, header, variable, config = sys.argv[1:] or REFERENCE
    with tempfile.TemporaryDirectory() as home:
        os.environ |= {"HOME": home, variable: config}
        answer = asyncio.run(chat(module, header))
        sys.stdout.write(answer.text + "\n")
        sys.stdout.flush()
        # The first releases leave threads behind that never end.
        os._exit(0 if answer.status_code == httpx.codes.OK else 1)
