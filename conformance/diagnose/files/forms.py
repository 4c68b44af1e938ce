"""Finds the configs in a document: a plain one, and those inside other people's resources.

A Kubernetes ConfigMap or custom resource, a list of them, a compose file: any mapping that looks
like a config, and any text that is the YAML of one, wherever it stands.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from conformance.diagnose.files import nodes, unread
from conformance.diagnose.files.sources import TEMPLATE, lines_of
from conformance.diagnose.files.sources import unreadable as unreadable_text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from conformance.diagnose.files.nodes import Node
    from conformance.diagnose.files.sources import Document, Problem
    from conformance.judge.finding import Path

KEYS = frozenset({
    "apis", "benchmarks", "connectors", "container_image", "conversations_store", "datasets",
    "distro_name", "external_apis_dir", "external_providers_dir", "image_name", "inference_store",
    "logging", "metadata_store", "models", "providers", "registered_resources", "safety",
    "scoring_fns", "server", "shields", "storage", "telemetry", "tool_groups", "vector_dbs",
    "vector_stores", "version",
})  # fmt: skip
FOREIGN = frozenset({"apiVersion", "kind", "services", "distribution_spec", "resources"})
_BESIDE_APIS = KEYS - {"apis", "providers"}
_SHORTEST = 20  # characters of the shortest text that could be a config
_SIGNS = re.compile(r"^ *(?:- *)?(providers|apis|provider_type):", re.MULTILINE)
# A config begins with a key, or a template that makes one; a script that writes a config does not.
_BEGINNING = re.compile(r"(?:[ \t]*(?:#.*|---.*)?\n)*(?:\w+[ \t]*:|\{\{)")


@dataclass(slots=True)
class Config:
    """A config and where it stands.

    `root` is the node of `data`; places in it become places in the file by `line` and `column`,
    unless the text is quoted or folded: then all are at `at`. `prefix` is the path of the config
    in its document; `indent` and `first`..`last` are the lines of the file that hold it, for
    repair, if `exact`.
    """

    file: str
    name: str
    data: dict[Any, Any]
    root: Node
    text: str
    lines: list[str]
    line: int = 0
    column: int = 0
    at: tuple[int, int] | None = None
    prefix: Path = ()
    duplicates: list[Node] = field(default_factory=list)

    @property
    def exact(self) -> bool:
        """Whether a place in the config is known in the file."""
        return self.at is None

    def place(self, at: tuple[int, int]) -> tuple[int, int]:
        """Return the line and column in the file, from 1, of a place in the config's text."""
        line, column = self.at or (self.line + at[0], self.column + at[1])
        return line + 1, column + 1


def looks_like_config(data: Any) -> bool:
    """Tell whether a value is a stack config without doubt."""
    if not isinstance(data, dict) or FOREIGN & data.keys():
        return False
    providers = data.get("providers")
    if isinstance(providers, dict) and any(_are_providers(each) for each in providers.values()):
        return True
    apis = data.get("apis")
    named = isinstance(apis, list) and all(isinstance(each, str) for each in apis)
    return named and bool(_BESIDE_APIS & data.keys())


def _are_providers(value: Any) -> bool:
    return isinstance(value, list) and any(
        isinstance(each, dict) and "provider_type" in each for each in value
    )


def may_be_config(data: Any) -> bool:
    """Tell whether a file that the user names can be meant as a config."""
    return isinstance(data, dict) and bool(KEYS & data.keys()) and not FOREIGN & data.keys()


def configs(document: Document, *, named: bool) -> Iterator[Config]:
    """Yield the configs of a document; `named`: the user named this very file."""
    root = document.composed.root
    if looks_like_config(root.data) or (named and may_be_config(root.data)):
        yield _whole(document, "")
        return
    if not (isinstance(root.data, dict) and "distribution_spec" in root.data):  # a build file
        yield from _inside(document, root, ())


def _whole(document: Document, name: str) -> Config:
    composed = document.composed
    return Config(
        document.file, name, composed.root.data, composed.root, document.text, document.lines,
        line=document.first, duplicates=composed.duplicates,
    )  # fmt: skip


def _inside(document: Document, node: Node, path: Path) -> Iterator[Config]:
    if path and looks_like_config(node.data):
        name = _name(document, path)
        yield Config(
            document.file, name, node.data, node, document.text, document.lines,
            line=document.first, prefix=path, duplicates=document.composed.duplicates,
        )  # fmt: skip
        return
    if isinstance(node.data, str):
        yield from _in_text(document, node, path)
    for key, (_, value) in node.members.items():
        yield from _inside(document, value, (*path, key))
    for number, item in enumerate(node.items):
        yield from _inside(document, item, (*path, number))


def _in_text(document: Document, node: Node, path: Path) -> Iterator[Config]:
    text = node.data
    if len(text) < _SHORTEST or "\n" not in text or not ("providers" in text or "apis" in text):
        return
    try:
        composed = nodes.compose(text)
    except nodes.UnreadableError:
        return
    if composed is None or not looks_like_config(composed.root.data):
        return
    name = _name(document, path)
    found = Config(
        document.file, name, composed.root.data, composed.root, text, lines_of(text),
        duplicates=composed.duplicates,
    )  # fmt: skip
    column = _indentation(document, node, found.lines)
    if column is None:
        found.at = document.first + node.start[0], node.start[1]
    else:
        found.line, found.column = document.first + node.start[0] + 1, column
    yield found


def unreadable(document: Document, least: int) -> Iterator[Problem]:
    """Yield why texts in a document cannot be read that show at least so many signs of a config.

    A place in a text that is quoted or folded is not known in the file: it is the text's own.
    """
    pending = [document.composed.root]
    while pending:
        node = pending.pop()
        pending += [*node.items, *(value for _, value in node.members.values())]
        text = node.data
        if isinstance(text, str) and _BEGINNING.match(text) and signs(text) >= least:
            try:
                nodes.compose(text)
            except nodes.UnreadableError as error:
                yield _unreadable(document, node, error)


def signs(text: str) -> int:
    """Return how many signs of a config a text shows that may not be YAML."""
    return len(set(_SIGNS.findall(text)))


def _unreadable(document: Document, node: Node, error: nodes.UnreadableError) -> Problem:
    inner = lines_of(node.data)
    column = _indentation(document, node, inner)
    line, at = node.start
    found = unreadable_text(document.file, error, inner)
    if column is not None:
        line, at = line + found.line, column + found.column - 1
    shown = unread.shown(document.lines, line)
    return replace(found, line=document.first + line + 1, column=at + 1, shown=shown)


def _indentation(document: Document, node: Node, inner: list[str]) -> int | None:
    """Return by how much a literal block is indented; None if its lines are not in the file."""
    if node.style != "|":
        return None
    begin = node.start[0] + 1
    outer = document.lines[begin : begin + len(inner)]
    for ours, theirs in zip(inner, outer, strict=False):
        if ours.strip():
            indent = len(theirs) - len(theirs.lstrip(" ")) - (len(ours) - len(ours.lstrip(" ")))
            return indent if theirs[indent:].rstrip() == ours.rstrip() else None
    return None


def _name(document: Document, path: Path) -> str:
    """Return how to speak of a config inside a document: its resource and its key."""
    data: Any = document.composed.root.data
    kind, name = "", ""
    for step in ("", *path):
        if step != "":
            data = data[step]
        if isinstance(data, dict) and isinstance(data.get("kind"), str):
            kind = data["kind"]
            metadata = data.get("metadata")
            name = str(metadata.get("name", "")) if isinstance(metadata, dict) else ""
    owner = f"{kind} {name}".strip()
    key = str(path[-1])
    return f"{owner}, {key}" if owner else key


def what_it_is(data: Any) -> str:
    """Return what a document without a config seems to be, in a few words."""
    if not isinstance(data, dict):
        return "no mapping"
    if "binaryData" in data or (data.get("kind") == "Secret" and "data" in data):
        return f"a Kubernetes {data.get('kind')!s:.60}, whose base64 is not read; decode it first"
    if isinstance(data.get("kind"), str):
        return f"a Kubernetes {data['kind'][:60]} without a config in it"
    if "services" in data:
        return "a compose file without a config in it"
    if "distribution_spec" in data:
        return "a build file, not a config"
    return _other(data)


def _other(data: dict[Any, Any]) -> str:
    if "resources" in data and data.keys() & {"providers", "apis"}:
        return "`resources` beside `providers`, as in values of a chart; render that first"
    return "not a stack config: it has neither `providers` nor `apis`"


def template_at(config: Config) -> tuple[int, int] | None:
    """Return the place of a key or value that a template engine still has to fill in."""
    pending = [config.root]
    while pending:
        node = pending.pop()
        if isinstance(node.data, str) and TEMPLATE.search(node.data):
            return node.start
        pending += node.items
        for key, value in node.members.values():
            pending += [key, value]
    return None
