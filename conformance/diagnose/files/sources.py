"""Reads files and standard input as YAML documents, each with its place in what the user has.

Whatever bytes come in, what goes out is documents and problems, never an exception.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from conformance.diagnose.files import nodes, unread
from conformance.judge.finding import Effect, Finding, Level

if TYPE_CHECKING:
    from conformance.diagnose.files.nodes import Composed

LARGEST = 32 * 1024 * 1024
BREAK = re.compile("\r\n|[\r\n\x85\u2028\u2029]")  # what ends a line for YAML
TEMPLATE = re.compile(
    r"\{\{-?\s*(?:\.|\$|/\*|(?:if|else|end|range|with|include|define|template|toYaml|tpl|printf"
    r"|default|quote|required|lookup)\b)"
)
# Of any engine; where YAML can be read, a text may have them that is meant for a model.
_MARKS = re.compile(r"\{\{|\{%")
_BEGIN = re.compile(r"---(?=\s|$)")


@dataclass(frozen=True, slots=True)
class Problem:
    """A finding that has no place in the data: why a file, or a part of it, cannot be judged.

    `line` and `column` count from 1. `fatal`: nothing was judged there.
    """

    file: str
    line: int
    column: int
    finding: Finding
    shown: str = ""
    fatal: bool = True


@dataclass(slots=True)
class Document:
    """One YAML document of a file; `first` is the line of the file on which its text begins."""

    file: str
    text: str
    first: int
    composed: Composed
    lines: list[str] = field(default_factory=list)


@dataclass(slots=True)
class Source:
    """What a file holds."""

    file: str
    text: str = ""
    documents: list[Document] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)


def problem(file: str, id_: str, what: str, instead: str = "", *, line: int = 1) -> Problem:
    """Return a fatal problem of a whole file."""
    finding = Finding(
        id=id_, level=Level.ERROR, effect=Effect.REFUSED, path=(), what=what, instead=instead
    )
    return Problem(file, line, 1, finding)


def source(file: str, raw: bytes) -> Source:
    """Return the documents in the bytes of a file, and what stops them from being read."""
    if len(raw) > LARGEST:
        what = f"the file has {len(raw) // 1024**2} MiB; more than 32 MiB is not read"
        return Source(file, problems=[problem(file, "too-large", what)])
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        return Source(file, raw.decode("latin-1"), problems=[_not_utf_8(file, raw, error)])
    found = Source(file, text)
    for first, part in parts(text):
        _read(found, part, first)
    return found


def _not_utf_8(file: str, raw: bytes, error: UnicodeDecodeError) -> Problem:
    before = raw[: error.start]
    line = before.count(b"\n") + 1
    kind = " (it looks like UTF-16)" if raw[:2] in {b"\xff\xfe", b"\xfe\xff"} else ""
    what = f"the file is not UTF-8{kind}; the stack cannot read it"
    return problem(file, "not-utf-8", what, "save it as UTF-8", line=line)


def parts(text: str) -> list[tuple[int, str]]:
    """Split a text at its `---` lines; yield the first line of each part, from 0, and its text.

    A block that YAML itself indents cannot begin a line with `---`, so no parser is needed.
    """
    found: list[tuple[int, list[str]]] = [(0, [])]
    for number, line in enumerate(lines_of(text)):
        here = found[-1][1]
        if _BEGIN.match(line) and any(_says_something(each) for each in here):
            found.append((number, [line]))
        else:
            here.append(line)
    return [(first, "".join(lines)) for first, lines in found]


def _says_something(line: str) -> bool:
    """Tell whether a line is more than blank, a comment or a `%` directive."""
    return bool(line.strip()) and line[:1] not in {"#", "%"}


def lines_of(text: str) -> list[str]:
    """Return the lines of a text as YAML counts them, each with what ends it."""
    found, place = [], 0
    for end in BREAK.finditer(text):
        found.append(text[place : end.end()])
        place = end.end()
    return [*found, text[place:]] if place < len(text) else found


def _read(found: Source, text: str, first: int) -> None:
    lines = lines_of(text)
    try:
        composed = nodes.compose(text)
    except nodes.UnreadableError as error:
        found.problems.append(unreadable(found.file, error, lines, first))
        return
    if composed is None:
        return
    if _has_parameters(composed.root.data, text):
        finding = _a_template("oc process -f FILE")
        found.problems.append(Problem(found.file, first + 1, 1, finding))
        return
    found.documents.append(Document(found.file, text, first, composed, lines))


def _has_parameters(data: Any, text: str) -> bool:
    """Tell whether a document is OpenShift's template, of whose parameters it still has one.

    They look like variables of a shell, and `oc process` fills them in.
    """
    if not isinstance(data, dict) or data.get("kind") != "Template":
        return False
    listed = data.get("parameters")
    listed = listed if isinstance(listed, list) else []
    names = [each.get("name") for each in listed if isinstance(each, dict)]
    return any(f"${{{name}}}" in text for name in names)


def unreadable(
    file: str, error: nodes.UnreadableError, lines: list[str], first: int = 0
) -> Problem:
    """Return what is wrong with a text of these lines, of which the file's line `first` is one."""
    for number, line in enumerate(lines):
        mark = TEMPLATE.search(line) or (number == error.line and _MARKS.search(line))
        if mark:
            shown = unread.shown(lines, number)
            return Problem(file, first + number + 1, mark.start() + 1, _a_template(), shown)
    finding = Finding(
        id=error.id, level=Level.ERROR, effect=Effect.REFUSED, path=(), what=error.what
    )
    return Problem(
        file, first + error.line + 1, error.column + 1, finding, unread.shown(lines, error.line)
    )


def _a_template(render: str = "helm template CHART") -> Finding:
    return Finding(
        id="unrendered-template",
        level=Level.ERROR,
        effect=Effect.NOT_CHECKED,
        path=(),
        what="a template that is not rendered",
        instead=f"render it first, e.g.: {render} | llama-conformance diagnose -",
    )
