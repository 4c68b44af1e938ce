"""Alters the gateway's answers on their way out: an ASGI wrapper for mutations and tests.

It stands around Starlette's own error handling, which no middleware that an app adds does: what a
handler of any `Exception` answers is altered, too.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping, MutableMapping

    import pytest

SERVER = "core.server.server"
Change = Callable[[str], str]


class Altered:
    """The app, whose answers' bodies pass through `change`, and whose header has these `fields`."""

    def __init__(self, app: Any, change: Change, fields: Mapping[str, str]) -> None:
        """Wrap an ASGI app; names of fields are lower-case."""
        self.app, self.change, self.fields = app, change, fields

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Answer as the app does, with the body joined and altered."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        start: MutableMapping[str, Any] = {}
        body: list[bytes] = []

        async def held(message: MutableMapping[str, Any]) -> None:
            if message["type"] == "http.response.start":
                start.update(message)
                return
            body.append(message.get("body", b""))
            if not message.get("more_body"):
                text = self.change(b"".join(body).decode()).encode()
                await send({**start, "headers": self._headers(start["headers"], len(text))})
                await send({"type": "http.response.body", "body": text})

        await self.app(scope, receive, held)

    def _headers(self, headers: Any, length: int) -> list[tuple[bytes, bytes]]:
        kept = {name: value for name, value in headers if name != b"content-length"}
        kept[b"content-length"] = str(length).encode()
        kept |= {name.encode(): value.encode() for name, value in self.fields.items()}
        return list(kept.items())


def alter(
    patch: pytest.MonkeyPatch,
    stack: Callable[[str], Any],
    change: Change,
    **fields: str,
) -> None:
    """Let every answer of gateways that are booted from now on be altered.

    `fields` of the header are added or replaced: `content_type="text/plain"`.
    """
    header = {name.replace("_", "-"): value for name, value in fields.items()}
    original = stack(SERVER).create_app

    def create_app() -> Any:
        app = original()
        built = app.build_middleware_stack
        app.build_middleware_stack = lambda: Altered(built(), change, header)
        return app

    patch.setattr(stack(SERVER), "create_app", create_app)


def in_objects(change: Callable[[Any, int], None]) -> Change:
    """Make a change of the text from one of each JSON object in it, given the object's place.

    The objects are the body, or the events of a stream; whatever is no JSON stays as it is.
    """

    def changed(text: str) -> str:
        whole = not text.startswith("data:")
        blocks = [text] if whole else text.split("\n\n")
        return "\n\n".join(_changed(block, place) for place, block in enumerate(blocks))

    def _changed(block: str, place: int) -> str:
        prefix = "data: " if block.startswith("data: ") else ""
        try:
            body = json.loads(block.removeprefix(prefix))
        except ValueError:
            return block
        change(body, place)
        return prefix + json.dumps(body)

    return changed
