"""Mutations for the checks of `misspelt-auth`."""

from conformance.stack.mutations import flips


@flips({"misspelt-auth/no-token-spelt-right": "open"})
def authentication_is_not_enforced(patch, stack):
    """The server accepts an authentication section and enforces nothing."""

    class Open:
        def __init__(self, app, **_settings):
            self.app = app

        async def __call__(self, *request):
            await self.app(*request)

    patch.setattr(stack("core.server.server"), "AuthenticationMiddleware", Open)
