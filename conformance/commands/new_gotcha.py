"""Writes the folder of a new gotcha from jinja2 templates: a check, a mutation, no expectations."""

from __future__ import annotations

import re
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from conformance.core.expectations import ROOMS

TEMPLATES = Path(__file__).parent / "templates" / "new_gotcha"
SUFFIX = ".jinja"
SLUG = re.compile(r"[a-z][a-z0-9-]*")


class NewGotchaError(Exception):
    """The folder cannot be written; the message says why, in one line."""


def write(slug: str, package: Path) -> list[Path]:
    """Write the folder of a gotcha into a checkout's package; return its files.

    Raises `NewGotchaError` if the slug is malformed or a gotcha or promise has it; nothing is
    written then.
    """
    if not SLUG.fullmatch(slug):
        raise NewGotchaError(
            f"{slug!r} is no slug; use a-z, 0-9 and hyphens, beginning with a letter"
        )
    folder = slug.replace("-", "_")
    for room in ROOMS:
        if (package / room / folder).exists():
            raise NewGotchaError(f"`{slug}` exists: {package.name}/{room}/{folder}")
    return _written(package / ROOMS[0] / folder, slug)


def _written(target: Path, slug: str) -> list[Path]:
    target.mkdir()
    templates = Environment(
        loader=FileSystemLoader(TEMPLATES),
        undefined=StrictUndefined,
        keep_trailing_newline=True,
        autoescape=False,  # noqa: S701 - Python and TOML, no HTML
    )
    written = []
    for template in sorted(TEMPLATES.glob(f"*{SUFFIX}")):
        name = template.name.removesuffix(SUFFIX).replace("test_gotcha", f"test_{target.name}")
        text = templates.get_template(template.name).render(slug=slug)
        (target / name).write_text(text, encoding="utf-8")
        written.append(target / name)
    return written
