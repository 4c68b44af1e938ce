"""Mutations for the checks of `misspelt-auth`."""

from conformance.stack.mutations import each, flips, statuses

SECTIONS = "spelt-right", "auth", "provider-config"


@flips(each("misspelt-auth/no-token", "refused", SECTIONS))
def nobody_is_let_in(patch, stack):
    """Every answer has the status 403."""
    statuses(patch, stack, lambda _: 403)


@flips(each("misspelt-auth/no-token", "server-error", SECTIONS))
def nobody_is_served(patch, stack):
    """Every answer has the status 503."""
    statuses(patch, stack, lambda _: 503)


@flips({"misspelt-auth/no-token-spelt-right": "open"})
def authentication_is_not_enforced(patch, stack):
    """The server accepts an authentication section and enforces nothing."""

    class Open:
        def __init__(self, app, **_settings):
            self.app = app

        async def __call__(self, *request):
            await self.app(*request)

    patch.setattr(stack("core.server.server"), "AuthenticationMiddleware", Open)
