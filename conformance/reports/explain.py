"""A topic's page: what it is, how it stands on a release, and the stack's code that decides it."""

from __future__ import annotations

import inspect
import textwrap
from pathlib import Path
from typing import TYPE_CHECKING, Any

from conformance.core.model import CouldNotObserveError, Gotcha, Promise
from conformance.stack.booting import load

if TYPE_CHECKING:
    from collections.abc import Iterator

    from conformance.core.model import Topic
    from conformance.core.releases import Facts
    from conformance.run.catalogue import Check


def where(topic: Topic, facts: Facts) -> Iterator[str]:
    """Yield `file:line  name` for each object of the installed stack that decides the behaviour.

    The file is relative to the directory the stack is installed in. An object this release does
    not have is said to be missing.
    """
    for path in topic.decided_by:
        name = path.partition(":")[2] or path
        try:
            found = _with_source(load(facts, path), facts, path)
        except CouldNotObserveError:
            yield f"not in this release  {facts.module}.{path}"
            continue
        file = Path(inspect.getsourcefile(found) or "")
        _lines, line = inspect.getsourcelines(found)
        root = next((p for p in file.parents if p.name == facts.module), file.parent).parent
        yield f"{file.relative_to(root)}:{max(line, 1)}  {name}"


def _with_source(found: Any, facts: Facts, path: str) -> Any:
    """Return what has source lines: a property's function, or the module that a constant is in."""
    if isinstance(found, property):
        return found.fget
    found = inspect.unwrap(found)
    is_code = inspect.ismodule(found) or inspect.isclass(found) or inspect.isroutine(found)
    return found if is_code else load(facts, path.partition(":")[0])


def page(topic: Topic, checks: list[Check], deciding: list[str], release: str) -> str:
    """Return the page as Markdown, which also reads well on a terminal."""
    parts = [f"# {topic.slug}", *_description(topic), f"Instead: {topic.instead}"]
    parts.append(f"Documented: {topic.documented}")
    if deciding:
        parts.append("\n".join(["Decided by:", *(f"- {line}" for line in deciding)]))
    parts.append(f"## Checks, as expected on {release}")
    parts.append("\n\n".join(_check(check, topic) for check in checks))
    return "\n\n".join(parts) + "\n"


def _description(topic: Topic) -> list[str]:
    if isinstance(topic, Gotcha):
        return [
            f"What happens: {topic.happens}",
            f"Why that is bad: {topic.why}",
            f"Example: `{topic.example}`",
        ]
    return [f"Required: {topic.requires}"] if isinstance(topic, Promise) else []


def _check(check: Check, topic: Topic) -> str:
    lines = [f"{check.id}", f"    {check.stimulus}"]
    for outcome, sentence in check.outcomes.items():
        mark = "*" if outcome == check.expected else " "
        hurts = " (bites)" if outcome in topic.bites else ""
        lines.append(f"  {mark} {outcome}: {sentence}{hurts}")
    if check.reason:
        lines.append(f"    not applicable: {check.reason}")
    return "\n".join(lines)


def wrapped(text: str, width: int) -> str:
    """Return a page with every line wrapped to a width, below where the line's text begins."""
    lines = (_wrapped(line, width) for line in text.splitlines())
    return "\n".join(lines) + "\n"


def _wrapped(line: str, width: int) -> str:
    begin = len(line) - len(line.lstrip(" *-"))
    return "\n".join(
        textwrap.wrap(
            line,
            width,
            subsequent_indent=" " * begin,
            break_long_words=False,
            break_on_hyphens=False,
        )
    )
