"""Says what no longer works at all on a newer release: what it lacks, what is called otherwise.

Each is so on the newer release and not on the older one; what has not worked before does not break.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from conformance.core import measured, releases
from conformance.judge import demands, instead, witness
from conformance.releases import renamed
from conformance.releases.change import Change
from conformance.schemas import parts
from conformance.schemas.parts import Part
from conformance.stack.configs import PASSTHROUGH

if TYPE_CHECKING:
    from collections.abc import Iterator

    from conformance.core.releases import Release
    from conformance.schemas.reading import Schema

CHAT = "chat/plain-openai"  # what a gateway cannot do if no chat leaves it
OLDER_SDK, ALLOW_IT = "openai<2.34", "<1.1"  # chats leave 0.7.2 and 1.0.4 beside it


def unusable(old: Release, new: Release) -> Iterator[Change]:
    """Yield why a release can be used by nobody, or not as a gateway."""
    if new.broken and not old.broken:
        what = f"{new} does not boot at all: {new.broken}"
        yield Change(what, "take another release", everyone=True, witness=_empty(new))
    if new.without and new.without != old.without:
        shown = witness.of_part(Part("inference", new.without), old, new)
        what, kinds = f"{new} has no `{new.without}`", frozenset({new.without})
        yield Change(what, "take another release", kinds=kinds, witness=shown)
    mute = measured.mute(new)
    if mute and not measured.mute(old):
        what, kinds = f"no gateway of `{PASSTHROUGH}` works: {mute}", frozenset({PASSTHROUGH})
        older = f"install `{OLDER_SDK}`, or " if new.within(ALLOW_IT) else ""
        cure = f"{older}take another release"
        yield Change(what, cure, kinds=kinds, check=CHAT)


def _empty(new: Release) -> witness.Witness:
    """Return the least config, which a release that boots starts with."""
    return witness.Witness({**witness.NAMES, "providers": {}}, f"{new} starts with no config")


def installed_alone(old: Release, new: Release) -> Iterator[Change]:
    """Yield what an installer without pins takes with a release that does not fit to it.

    That changes by the day and not with the release, which works as it was released.
    """
    facts = releases.facts(new)
    if facts.today and facts.today != releases.facts(old).today:
        what = f"{new}, installed alone on {releases.plain_installs()}, {facts.today[0]}"
        yield Change(what, facts.pinned, everyone=True)


def names(old: Release, new: Release) -> Iterator[tuple[str, Change]]:
    """Yield each name that is another one, with its section: a variable is no longer read."""
    for what, cure, command, check in renamed.changes(old, new):
        section = "breaks" if command or check else "ignored"
        yield section, Change(what, cure, command=command, check=check, everyone=True)


def gone(old: Schema, new: Schema) -> Iterator[tuple[str, Change]]:
    """Yield what is gone, each with its section: what a file breaks by, or is ignored in.

    What the older release does not start with either is gone without a loss.
    """
    for part in parts.gone(old, new):
        what, cure = f"{part} is gone", instead.of(part, new)
        if part.field:
            yield "ignored", Change(what, cure, part=part)
        elif demands.fails_by_itself(part.kind, old.release):
            what += f"; {old.release} did not start with it"
            yield "lost", Change(what, cure, part=part)
        else:
            shown = witness.of_part(part, old.release, new.release)
            yield "breaks", Change(what, cure, witness=shown, part=part)
