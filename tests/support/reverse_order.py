"""A pytest plug-in that turns the order of the tests around."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Sequence


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Reverse the items."""
    turned: Sequence[pytest.Item] = items[::-1]
    items[:] = turned
