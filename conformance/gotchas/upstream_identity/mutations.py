"""Mutations for the checks of `upstream-identity`."""

from dataclasses import replace

from conformance.stack.mutations import flips, flips_server, without_auth


@flips(
    {
        "upstream-identity/named-by-caller": "believed",
        "upstream-identity/other-address": "believed",
    }
)
def nobody_is_asked_for_a_name(patch, _stack):
    """The section of the config is not read, and everybody is served."""
    without_auth(patch)


def on_both_sides(mutation):
    """Let a mutation of a server change the stack in this process, too."""

    def change(patch, stack):
        mutation.change(patch, stack)
        mutation.inside(patch, stack)

    return replace(mutation, change=change)


@on_both_sides
@flips_server(
    {
        "upstream-identity/forged-address": "believed",
        "upstream-identity/forged-address-elsewhere": "believed",
    }
)
def no_server_asks_for_a_name(patch, _stack):
    """The same in a server of its own."""
    without_auth(patch)
