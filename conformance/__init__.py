"""Boots Llama Stack, observes what it does, and compares that with what is known of the release.

ARCHITECTURE.md shows the rooms of the house, and who may import whom.
"""

from pathlib import Path

PACKAGE = Path(__file__).parent


def shipped(name: str) -> Path:
    """Return what stands beside the package in a checkout, and in `shipped/` in a wheel."""
    inside = PACKAGE / "shipped" / name
    return inside if inside.exists() else PACKAGE.parent / name
