"""Renders the jinja2 templates in `templates/`; the prose of pages stands there."""

from __future__ import annotations

import textwrap
from functools import cache
from typing import Any

import jinja2
from markupsafe import Markup

from conformance import PACKAGE


def render(name: str, **values: Any) -> str:
    """Return a template, `catalogue.md` or the like, filled in.

    HTML templates are escaped, Markdown is not. Raises `jinja2.UndefinedError` for a missing value.
    """
    return environment().get_template(name).render(values)


@cache
def environment() -> jinja2.Environment:
    """Return the environment of all templates, with the filters `cell`, `code` and `fold`."""
    made = jinja2.Environment(
        loader=jinja2.FileSystemLoader(PACKAGE / "reports" / "templates"),
        autoescape=jinja2.select_autoescape(("html",)),
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        undefined=jinja2.StrictUndefined,
    )
    made.filters |= {"cell": cell, "code": code, "fold": fold}
    return made


def cell(text: object) -> str:
    """Return a text as the cell of a Markdown table: one line, no bar."""
    return " ".join(str(text).split()).replace("|", "\\|")


def code(text: str) -> Markup:
    """Return a text as HTML, with what stands between backticks as code."""
    parts = text.split("`")
    html = Markup("<code>{}</code>")
    return Markup("").join(
        html.format(part) if place % 2 else part for place, part in enumerate(parts)
    )


def fold(text: str, width: int, indent: int = 0, *, hang: int = 0) -> str:
    """Return a text in lines of at most `width` columns; no word is broken.

    Each line but the first is indented, and the first by `hang` columns less.
    """
    return textwrap.fill(
        " ".join(text.split()),
        width,
        initial_indent=" " * (indent - hang),
        subsequent_indent=" " * indent,
        break_long_words=False,
        break_on_hyphens=False,
    )
