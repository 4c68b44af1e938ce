"""Says what PyYAML cannot read, and where."""

from __future__ import annotations

import re

import yaml

TAB = "a tab where YAML wants spaces"
# Between braces or brackets a `{` or `}` of a plain text ends it.
_BARE_VARIABLE = re.compile(r"[{\[,][^\"'}]*\$\{")


def in_plain_words(error: yaml.MarkedYAMLError, text: str, mark: yaml.Mark) -> str:
    """Return what PyYAML complains of, in words for people who write configs."""
    lines = text.split("\n")
    if mark.line < len(lines) and lines[mark.line][mark.column : mark.column + 1] == "\t":
        return TAB
    flow = "flow" in (error.context or "") and mark.line < len(lines)
    if flow and _BARE_VARIABLE.search(lines[mark.line]):
        return "a variable between { } or [ ] without quotes around it"
    context = f" ({error.context})" if error.context else ""
    return f"{error.problem or 'a syntax error'}{context}"


def control_character(text: str) -> tuple[int, int]:
    """Return the line and column, from 0, of the first character that YAML does not allow."""
    found = yaml.reader.Reader.NON_PRINTABLE.search(text)
    if found is None:
        return 0, 0
    before = text[: found.start()]
    return before.count("\n"), len(before) - before.rfind("\n") - 1
