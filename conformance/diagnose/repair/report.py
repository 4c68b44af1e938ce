"""Repairs the files that the user named, or shows how, and says what was done."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from conformance.core import fields
from conformance.diagnose.repair import repairs, writing

if TYPE_CHECKING:
    from collections.abc import Callable, Container, Mapping

    from conformance.diagnose.asked import Asked
    from conformance.diagnose.repair.repairs import Repair


def run(
    texts: Mapping[str, str],
    asked: Mapping[str, Asked],
    show: Callable[[str], Any],
    *,
    named: Container[str],
    only_show: bool,
) -> bool:
    """Repair files, given with their texts, or show the difference; return whether there is one.

    `asked` has the judge as it is asked for each file. `named` are the files that the user named
    one by one. Raises `OSError` if a file cannot be written.
    """
    all_done = [
        repairs.repaired(file, text, asked[file], named=file in named)
        for file, text in texts.items()
    ]
    for done in all_done:
        if done.changed and only_show:
            show(writing.difference(done))
        elif done.changed:
            backup = writing.write(done)
            click.echo(f"{done.file}: {_number(done)} repaired; backup: {backup}", err=True)
        _say_what_is_left(done)
    return any(done.changed for done in all_done)


def _number(done: Repair) -> str:
    number = len(done.done)
    return f"{number} finding{'' if number == 1 else 's'}"


def _say_what_is_left(done: Repair) -> None:
    for reason in done.left:
        click.echo(f"{done.file}: not repaired: {fields.concealed(reason)}", err=True)
