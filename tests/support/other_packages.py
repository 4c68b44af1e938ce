"""A pytest plug-in under which a package is another than the release was measured with."""

from __future__ import annotations

from conformance.core import measured

measured.installed().update(mcp="9.9")
