"""Escapes texts for GitHub's workflow commands, as its toolkit does."""

from __future__ import annotations


def escaped(text: str, more: str = "") -> str:
    """Return a text as the message of a workflow command; a property escapes `:` and `,` too."""
    for letter in f"%\r\n{more}":
        text = text.replace(letter, f"%{ord(letter):02X}")
    return text
