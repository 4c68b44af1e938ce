"""The control lane: asks the vendor itself what the gateway was asked, with the user's key.

What the vendor's own answer deviates in is not the gateway's doing.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import httpx

from conformance.contract.asked import REFUSED
from conformance.stack.client import Answer
from conformance.stack.limits import PAID
from conformance.stack.live_client import AGENT, Guarded
from conformance.vendors import UPSTREAMS

if TYPE_CHECKING:
    import ssl
    from collections.abc import Mapping

    from conformance.run.routes import Route
    from conformance.stack.limits import Limits


@dataclass(slots=True, kw_only=True)
class Control:
    """Asks vendors beside a gateway, while it is `on`; `answers` are what they said, in order.

    A key goes to the origin that this suite knows its vendor by, whatever the gateway tells of its
    providers. `limits` hold for each vendor's model, as they do for the gateway's.
    """

    keys: Mapping[str, str] = field(repr=False)
    routes: tuple[Route, ...]
    limits: Limits
    tls: ssl.SSLContext
    on: bool = False
    answers: list[Answer] = field(default_factory=list)

    @property
    def hosts(self) -> frozenset[str]:
        """The hosts of the vendors that may be asked."""
        vendors = {route.vendor for route in self.routes if self.covers(route)}
        return frozenset(urlsplit(UPSTREAMS[name].origin).hostname or "" for name in vendors)

    def covers(self, route: Route) -> bool:
        """Return whether the vendor behind a route is known, and the user has a key for it."""
        return route.vendor in UPSTREAMS and route.vendor in self.keys

    async def beside(self, response: httpx.Response) -> None:
        """Ask the vendor the same as the gateway; this is an event hook of the gateway's client.

        An answer counts only beside one of the gateway's that has gone the same way: a model may
        have another name at the vendor, and a vendor that does not answer shows nothing.
        """
        asked = response.request
        if not self.on or asked.method != "POST" or not asked.url.path.endswith(PAID):
            return
        body = json.loads(asked.content)
        route = next((each for each in self.routes if each.model == body.get("model")), None)
        if route is None or not self.covers(route):
            return
        below = asked.url.path.rpartition("/v1/")[2]
        answer = await self._asked(route, below, body | {"model": route.vendor_model})
        if answer is not None and (answer.status < REFUSED) == (response.status_code < REFUSED):
            self.answers.append(answer)

    async def _asked(self, route: Route, path: str, body: dict[str, object]) -> Answer | None:
        """Return the vendor's answer, None if none comes: no redirect, no repetition, no proxy."""
        vendor = UPSTREAMS[route.vendor]
        headers = {"Authorization": f"Bearer {self.keys[route.vendor]}", "User-Agent": AGENT}
        transport = Guarded(self.limits, httpx.AsyncHTTPTransport(verify=self.tls))
        async with httpx.AsyncClient(
            transport=transport, base_url=vendor.origin, headers=headers, trust_env=False
        ) as client:
            try:
                got = await client.post(
                    f"{vendor.root}/{path}", json=body, timeout=self.limits.seconds_left()
                )
            except httpx.HTTPError:
                return None
        return Answer(got.status_code, dict(got.headers), got.text)
