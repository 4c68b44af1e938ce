"""The words on pytest's command line that are the suite's."""

from __future__ import annotations

import contextlib
import fnmatch
import shlex
from pathlib import Path
from typing import TYPE_CHECKING

from conformance.core.needs import PROCESS

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import pytest

SUBJECT = "--conformance-subject"
SUBJECTS = ("release", "config")
RECORD_MODES = ("none", "once", "new_episodes", "all", "rewrite")
# Options with a value; what they are called as attributes follows from the name.
VALUED = {
    "--stack-config": ("PATH|URL", "config to boot (default: run.yaml), or a running gateway"),
    "--conformance-check": ("ID", "only checks with ids like this"),
    "--conformance-json": ("PATH", "write the report as JSON"),
    "--conformance-cassettes": ("DIR", "where the recorded vendor answers are"),
    "--conformance-upstream": ("NAME", "record this vendor only, or `stand-in`"),
    "--conformance-release": ("RELEASE", "of a running gateway that does not tell its own"),
    "--conformance-model": ("ID", "chat with this model of a running gateway alone"),
    "--conformance-token-env": ("NAME", "variable with the running gateway's bearer token"),
    "--conformance-ca": ("PATH", "trust this authority for a running gateway's TLS"),
}
SWITCHES = {
    "--conformance-list": "list every gotcha at the end",
    "--accept-changed": "record a vendor's refusal also where it answered before",
    "--conformance-plain": "take no shortcut that only saves time",
    "--conformance-insecure": "trust any certificate of a running gateway",
    "--conformance-write": "let checks change a running gateway",
    "--conformance-spend": "let checks chat through a running gateway",
}
CHATS, KEYS = "--conformance-chats", "--conformance-keys"
LAYER, LAYERS = "--conformance-layer", ("contract", "strict")
KINDS_OF_KEYS = ("none", "made-up", "own")


def add(parser: pytest.Parser) -> None:
    """Add the options of the suite."""
    group = parser.getgroup("conformance", "conformance of a Llama Stack gateway")
    for name, (metavar, purpose) in VALUED.items():
        action = "append" if name == "--conformance-check" else "store"
        group.addoption(name, metavar=metavar, action=action, help=purpose)
    for name, purpose in SWITCHES.items():
        group.addoption(name, action="store_true", help=purpose)
    group.addoption(SUBJECT, choices=SUBJECTS, help="only checks of the release, or of the config")
    group.addoption(
        LAYER,
        choices=LAYERS,
        help="hold answers to what clients break on, or to the letter (default: the letter; with "
        "--stack-config, what clients break on)",
    )
    group.addoption(KEYS, choices=KINDS_OF_KEYS, help="which keys a running gateway is sent")
    group.addoption(CHATS, type=int, metavar="N", help="most chats a model (default: 20)")
    with contextlib.suppress(ValueError):  # pytest-recording's option of this name means the same
        group.addoption("--record-mode", choices=RECORD_MODES, help="record vendor answers")


def are_given(config: pytest.Config) -> bool:
    """Return whether the user has given any of these options."""
    ours = [] if config.pluginmanager.hasplugin("recording") else ["--record-mode"]
    return any(
        config.getoption(name, None)
        for name in (*VALUED, *SWITCHES, SUBJECT, CHATS, KEYS, LAYER, *ours)
    )


def may_choose(config: pytest.Config, slug: str) -> bool:
    """Return whether a check of a topic can be like one of the chosen ids: `slug/…`."""
    patterns = config.getoption("--conformance-check") or ["*"]
    heads = (pattern.partition("/") for pattern in patterns)
    return any(not slash or fnmatch.fnmatchcase(slug, head) for head, slash, _rest in heads)


def nothing_chosen(config: pytest.Config) -> str:
    """Return why a run has no check: what chooses leaves none, or none lies where it looks."""
    if choosing := " ".join(_choosing(config)):
        elsewhere = "" if config.option.pyargs else "; if it lies elsewhere: --pyargs conformance"
        return f"no check is chosen by all of: {choosing}{elsewhere}"
    return "no check lies where this run looks; give --pyargs conformance"


def _choosing(config: pytest.Config) -> Iterator[str]:
    """Yield the options that choose checks, as they are given."""
    for pattern in config.getoption("--conformance-check") or ():
        yield f"--conformance-check={shlex.quote(pattern)}"
    if subject := config.getoption(SUBJECT):
        yield f"{SUBJECT}={subject}"
    for option, name in (("-m", "markexpr"), ("-k", "keyword")):
        if words := config.getoption(name, ""):
            yield f"{option} {shlex.quote(words)}"


def leaves_out_processes(config: pytest.Config) -> bool:
    """Return whether checks that start a server stay out: neither `-m` nor an id asks for them."""
    asked = PROCESS in str(config.getoption("markexpr", ""))
    return not (asked or config.getoption("--conformance-check") or config.option.collectonly)


def in_reach(config: pytest.Config, files: Sequence[Path]) -> list[Path]:
    """Return the files that lie where a run looks for tests; all, if it goes by modules."""
    if config.option.pyargs:
        return list(files)
    here = config.invocation_params.dir
    places = [(here / word.partition("::")[0]).resolve() for word in config.args]
    return [file for file in files if any(file.is_relative_to(place) for place in places)]


def joined(words: Sequence[str]) -> list[str] | None:
    """Return the command line with `--option PATH` as `--option=PATH`; None if it is so already.

    pytest decides on its root directory and its settings before it knows the options of plug-ins:
    a word alone that is a path is then a place to look for tests.
    """
    made = list(_joined(iter(words)))
    return made if made != list(words) else None


def _joined(words: Iterator[str]) -> Iterator[str]:
    for word in words:
        value = next(words, None) if word in VALUED else None
        if value is None:
            yield word
        elif Path(value).exists():
            yield f"{word}={value}"
        else:
            yield from (word, value)
