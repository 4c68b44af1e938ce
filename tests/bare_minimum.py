"""The least a user would write to see an answer: import the stack, boot run.yaml, one chat.

`make bench` measures the suite against this. It uses nothing of the suite but the recorded answer.
"""

import asyncio
import json
import os
import sys
import tempfile
from pathlib import Path

import httpx
import vcr

ROOT = Path(__file__).parents[1]
CASSETTE = ROOT / "cassettes" / "openai" / "chat.yaml"


async def chat() -> str:
    """Boot the stack of run.yaml and return what one chat answers."""
    from llama_stack.core.server.server import create_app  # noqa: PLC0415 - HOME comes first

    app = create_app()
    transport = httpx.ASGITransport(app)
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=transport, base_url="http://gateway.test") as client,
    ):
        player = vcr.VCR(record_mode="none", match_on=["method", "host", "path", "body"])
        with player.use_cassette(str(CASSETTE), ignore_hosts=["gateway.test"]):
            data = {"passthrough_url": "https://api.openai.com", "passthrough_api_key": "made-up"}
            answer = await client.post(
                "/v1/chat/completions",
                json={
                    "model": "openai/gpt-4o",
                    "messages": [{"role": "user", "content": "Say hello."}],
                },
                headers={"X-LlamaStack-Provider-Data": json.dumps(data)},
            )
    content: str = answer.json()["choices"][0]["message"]["content"]
    return content


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as home:
        os.environ |= {"HOME": home, "LLAMA_STACK_CONFIG": str(ROOT / "run.yaml")}
        sys.stdout.write(asyncio.run(chat()) + "\n")
