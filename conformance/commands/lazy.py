"""A command group that imports a command's module only when the command is used or listed."""

from __future__ import annotations

import errno
from difflib import get_close_matches
from importlib import import_module
from typing import TYPE_CHECKING, ClassVar

import click

from conformance.commands.failing import WRONG, fail
from conformance.core.releases import TableError

if TYPE_CHECKING:
    from collections.abc import Mapping


class LazyGroup(click.Group):
    """A group some of whose commands are known by module and name alone."""

    elsewhere: ClassVar[Mapping[str, str]] = {
        "diagnose": "conformance.diagnose.command",
        "schema": "conformance.diagnose.command",
        "live": "conformance.commands.live_command",
        "bench-gateway": "conformance.commands.overhead_command",
        "clients": "conformance.commands.clients_command",
        "crosscheck": "conformance.commands.crosscheck_command",
    }

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names of all commands, in the order of the alphabet."""
        return sorted({*super().list_commands(ctx), *self.elsewhere})

    def invoke(self, ctx: click.Context) -> object:
        """Run the command; what speaks against it as a whole is told in one line.

        That is a table of the suite that says what cannot be, and a full disk.
        """
        try:
            return super().invoke(ctx)
        except TableError as error:
            fail(str(error), WRONG)
        except OSError as error:
            if error.errno != errno.ENOSPC:
                raise
            fail(f"the output cannot be written: {error.strerror}")

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Return the command that the first argument names, with the other arguments."""
        names = self.list_commands(ctx)
        near = get_close_matches(args[0].casefold(), names, n=1)
        if args[0] not in names and near:
            ctx.fail(f"No such command '{args[0]}'. Did you mean '{near[0]}'?")
        return super().resolve_command(ctx, args)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Return a command; import its module if it is not here yet."""
        module = self.elsewhere.get(cmd_name)
        if module is None:
            return super().get_command(ctx, cmd_name)
        found: click.Command = getattr(import_module(module), cmd_name.replace("-", "_"))
        return found
