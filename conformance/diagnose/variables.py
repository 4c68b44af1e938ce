"""Resolves the variables of a config as the stack does.

The forms are those of `replace_env_vars` in the stack's `core/stack.py`. A value that comes from a
variable has its `~` expanded there; one written out does not.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

FORM = re.compile(r"\$\{env\.(?P<name>[A-Z0-9_]+)(?::(?P<sign>[=+])(?P<text>[^}]*))?\}")


def resolved(value: Any, environ: Mapping[str, str]) -> Any:
    """Return a value with all variables in it replaced; one without a value becomes ""."""
    if isinstance(value, dict):
        return {key: resolved(child, environ) for key, child in value.items()}
    if isinstance(value, list):
        return [resolved(child, environ) for child in value]
    if not isinstance(value, str) or "${env." not in value:
        return value
    return FORM.sub(lambda found: _replaced(found, environ), value)


def _replaced(found: re.Match[str], environ: Mapping[str, str]) -> str:
    own = environ.get(found["name"], "")
    conditional = found["sign"] == "+"
    text = (found["text"] if own else "") if conditional else own or found["text"] or ""
    return str(Path(text).expanduser()) if text.startswith("~") else text
