"""Knows the APIs that a release calls its own and does not implement, or not without a switch.

Read from the resolver and the server of the releases; `llama-conformance crosscheck` has a release
say the same.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from conformance.judge.case import Case

APIS = {"connectors": ">=0.4,<0.5", "telemetry": ">=0.3,<0.4"}
SWITCHES = {"telemetry": ("telemetry", "enabled")}  # off by default


def is_unmade(case: Case, api: str) -> bool:
    """Return whether an API is the release's own and surely not implemented."""
    if api not in APIS or not case.schema.release.within(APIS[api]):
        return False
    switch = case.at(*SWITCHES[api]) if api in SWITCHES else False
    return not switch or str(switch).lower() == "false"


def why(case: Case, api: str) -> tuple[str, str]:
    """Return what such an API lacks, and how it gets that, with "or" behind; "" if it cannot."""
    if api not in SWITCHES:
        return f"has no implementation in {case.schema.release}", ""
    switch = ".".join(SWITCHES[api])
    return f"is there only with `{switch}`", f"set `{switch}: true`, or "
