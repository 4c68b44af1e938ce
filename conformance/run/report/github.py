"""Shows a run on GitHub: an annotation for each trouble, and the job's summary.

Both are written as GitHub's "Workflow commands" page says, and only where `GITHUB_ACTIONS` is set.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from conformance.core.workflow_commands import escaped

if TYPE_CHECKING:
    from collections.abc import Iterable


def is_running() -> bool:
    """Return whether this is a job on GitHub."""
    return os.environ.get("GITHUB_ACTIONS") == "true"


def annotation(title: str, message: str, nodeid: str = "") -> str:
    """Return the line that makes an error annotation, at the file of a pytest node id.

    A title or message may have several lines and any character; a file that is not here is not
    named.
    """
    file = nodeid.partition("::")[0]
    where = f"file={escaped(file, ':,')}," if file and Path(file).is_file() else ""
    return f"::error {where}title={escaped(title, ':,')}::{escaped(message)}"


def add_to_summary(lines: Iterable[str]) -> None:
    """Append plain text to the summary of the job's step, if there is one."""
    file = os.environ.get("GITHUB_STEP_SUMMARY")
    if file:
        with Path(file).open("a", encoding="utf-8") as summary:
            summary.write("```text\n" + "\n".join(lines) + "\n```\n")
