"""Finds tabs that the stack's own reader refuses: PyYAML's, which knows only blanks there.

libyaml, which reads the file here, and readers in other languages take them for blanks.
"""

from __future__ import annotations

import yaml

LONGEST = 300_000  # characters that are looked at, which takes a second


def refused(text: str) -> tuple[int, int] | None:
    """Return the place, from 0, where a text that is YAML is refused for a tab; None if nowhere."""
    if "\t" not in text or len(text) > LONGEST:
        return None
    try:
        for _ in yaml.scan(text, yaml.SafeLoader):
            pass
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        return (mark.line, mark.column) if mark is not None else (0, 0)
    return None
