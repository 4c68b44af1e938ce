"""Says what to write instead in a config that a release refuses: all that stops its start."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from conformance.core import fields
from conformance.judge import judging
from conformance.judge.keys import dotted
from conformance.run import refusals
from conformance.stack import configs

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from conformance.core.model import Topic
    from conformance.core.releases import Release


def of(file: str, release: Release, message: str, topics: Mapping[str, Topic]) -> list[str]:
    """Return what is to be changed in a config file that a release refuses with a message.

    What no file shows (a vendor's list of models, a directory) is the gotcha that the message is.
    """
    found = list(_stopping(file, release))
    if found:
        return [*found, f"with their lines: llama-conformance diagnose {file}"]
    topic = topics.get(refusals.read(message).gotcha)
    return [f"instead: {topic.instead}"] if topic else []


def _stopping(file: str, release: Release) -> Iterator[str]:
    try:
        config = configs.read(Path(file))
        findings = judging.findings(config, release, os.environ)
    except (configs.ConfigError, LookupError):
        return  # the file is gone, or the release is older than all that are known
    secrets = list(fields.secrets(config))
    for finding in findings:
        if finding.stops is not None:
            at = dotted(finding.path)
            place = f"{at}: " if at and not finding.what.startswith(f"`{at}") else ""
            instead = f"; instead: {finding.instead}" if finding.instead else ""
            yield fields.concealed(f"{place}{finding.what}{instead}", secrets)
