"""A topic's page: what it is, how it stands on a release, and the stack's code that decides it."""

from __future__ import annotations

import importlib
import inspect
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

from conformance.core.model import CouldNotObserveError, Gotcha
from conformance.core.severity import described
from conformance.reports import rendering
from conformance.stack.booting import load

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

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


def page(
    topic: Topic, checks: Sequence[Check], deciding: Sequence[str], release: str, width: int = 80
) -> str:
    """Return the page of a topic, or of some of its checks, with no line longer than `width`.

    Only an example or one path may be longer: neither is broken.
    """
    return rendering.render(
        "topic.txt",
        topic=topic,
        gotcha=isinstance(topic, Gotcha),
        severity=described(topic.severity, topic.exposes) if isinstance(topic, Gotcha) else "",
        checks=checks,
        deciding=deciding,
        fits=all(len(line) + 2 <= width for line in deciding),
        release=release,
        width=width,
    )
