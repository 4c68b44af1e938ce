"""A topic's page: what it is, how it stands on a release, and the stack's code that decides it."""

from __future__ import annotations

import difflib
import importlib
import inspect
import re
import textwrap
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from conformance.core.model import CouldNotObserveError, Gotcha, Promise
from conformance.core.severity import described
from conformance.stack.booting import load

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from conformance.core.model import Topic
    from conformance.core.releases import Facts
    from conformance.run.catalogue import Check


def where(topic: Topic, facts: Facts) -> Iterator[str]:
    """Yield `file:line  name` for each object of the installed stack that decides the behaviour.

    The file is relative to the directory the stack is installed in. An object this release does
    not have is reported as missing.
    """
    for path in topic.decided_by:
        try:
            found = load(facts, path)
        except CouldNotObserveError:
            yield f"not in this release  {facts.module}.{path}"
            continue
        yield f"{_place(found, facts, path)}  {path.partition(':')[2] or path}"


def _place(found: Any, facts: Facts, path: str) -> str:
    code = inspect.unwrap(getattr(found, "fget", found))  # a property has no source of its own
    try:
        file = Path(inspect.getsourcefile(code) or "")
        line = max(inspect.getsourcelines(code)[1], 1)
    except TypeError:  # a constant: where its module assigns it
        module, _, name = path.partition(":")
        file = Path(importlib.import_module(f"{facts.module}.{module}").__file__ or "")
        line = _assigned(file.read_text(encoding="utf-8"), name)
    root = next((p for p in file.parents if p.name == facts.module), file.parent).parent
    return f"{file.relative_to(root)}:{line}"


def _assigned(source: str, name: str) -> int:
    lines = enumerate(source.splitlines(), start=1)
    return next((n for n, line in lines if re.match(rf"{re.escape(name)}\b[^=]*=", line)), 1)


def nearest(name: str, known: Iterable[str]) -> str:
    """Return the end of a message: the known name most like a mistyped one, or who lists them."""
    found = difflib.get_close_matches(name, list(known), n=1, cutoff=0.5)
    return f"did you mean `{found[0]}`?" if found else "`llama-conformance list` shows all"


def page(
    topic: Topic, checks: Sequence[Check], deciding: Sequence[str], release: str, width: int = 80
) -> str:
    """Return the page of a topic, or of some of its checks, with no line longer than `width`.

    Only an example or one path may be longer: neither is broken.
    """
    fold = partial(_folded, width=width)
    fits = all(len(line) + 2 <= width for line in deciding)
    parts = [f"# {topic.slug}", *_description(topic, fold)]
    parts.append(fold(f"Workaround: {topic.instead}"))
    parts.append(fold(f"Documented: {topic.documented}"))
    if deciding:
        parts.append("\n".join(["Decided by:", *(_bullet(line, fits=fits) for line in deciding)]))
    parts.append(f"## Checks, as expected on {release}")
    parts += [_check(check, topic, fold) for check in checks]
    return "\n\n".join(parts) + "\n"


def _bullet(line: str, *, fits: bool) -> str:
    return f"- {line}" if fits else "- " + line.replace("  ", "\n  ")


def _folded(text: str, width: int, head: str = "", indent: str = "") -> str:
    return textwrap.fill(
        " ".join(text.split()),
        width,
        initial_indent=head or indent,
        subsequent_indent=indent,
        break_long_words=False,
        break_on_hyphens=False,
    )


def _description(topic: Topic, fold: Callable[..., str]) -> list[str]:
    if isinstance(topic, Gotcha):
        return [
            fold(f"What happens: {topic.happens}"),
            fold(f"Why that is bad: {topic.why}"),
            fold(f"Severity: {described(topic.severity, topic.exposes)}"),
            "Example:\n\n" + textwrap.indent(topic.example, "    "),
        ]
    return [fold(f"Required: {topic.requires}")] if isinstance(topic, Promise) else []


def _check(check: Check, topic: Topic, fold: Callable[..., str]) -> str:
    lines = [check.id, fold(check.stimulus, indent="    ")]
    for outcome, sentence in check.outcomes.items():
        mark = "*" if outcome == check.expected else " "
        hurts = " (bites)" if outcome in topic.bites else ""
        text = f"{outcome}: {sentence}{hurts}"
        lines.append(fold(text, head=f"  {mark} ", indent="      "))
    if check.reason:
        lines.append(fold(f"not applicable: {check.reason}", indent="    "))
    return "\n".join(lines)
