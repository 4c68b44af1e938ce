"""Mutations for the checks of `request-quota`."""

import os

from conformance.stack.mutations import flips, flips_server

QUOTA = "core.server.quota:QuotaMiddleware"


def passed_on():
    """Return what lets a quota pass every request on."""

    async def call(self, scope, receive, send):
        return await self.app(scope, receive, send)

    return call


@flips({"request-quota/anonymous": "served-on", "request-quota/with-token": "served"})
def nothing_is_counted(patch, stack):
    """The quota passes every request on."""
    patch.setattr(stack(QUOTA), "__call__", passed_on())


@flips_server(
    {
        "request-quota/forged-address": "not-counted",
        "request-quota/forged-address-elsewhere": "not-counted",
    }
)
def a_server_counts_nothing(patch, stack):
    """The same in a server of its own."""
    patch.setattr(stack(QUOTA), "__call__", passed_on())


@flips_server({"request-quota/forged-address": "refused"})
def nobody_is_believed(_patch, _stack):
    """What callers say of their address counts for nothing."""
    os.environ["FORWARDED_ALLOW_IPS"] = ""


@flips_server({"request-quota/forged-address-elsewhere": "let-through"})
def everybody_is_believed(_patch, _stack):
    """Whoever says so has another address."""
    os.environ["FORWARDED_ALLOW_IPS"] = "*"
