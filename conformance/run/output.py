"""Keeps keys, and what stacks say when all is over, out of what pytest prints and writes."""

from __future__ import annotations

import gc
import logging
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    Cleaning = Callable[[str], str]


def refuse_open_output(config: pytest.Config) -> None:
    """Raise `pytest.UsageError` for an option whose output cannot be redacted."""
    if config.getoption("capture", "fd") in {"no", "tee-sys"}:
        raise pytest.UsageError(
            "with keys in use, what the stack prints must be captured; leave out -s and --capture"
        )
    if config.getoption("fulltrace", default=False):
        raise pytest.UsageError("with keys in use, leave out --full-trace: it shows arguments")
    if config.getoption("usepdb", default=False) or config.getoption("trace", default=False):
        raise pytest.UsageError(
            "with keys in use, leave out --pdb and --trace: they show all values"
        )


def redact_report(made: pytest.TestReport, clean: Cleaning, *, verbose: bool) -> None:
    """Take keys out of what a check printed and logged; without `verbose` take all of it away."""
    made.sections = [(name, clean(t)) for name, t in made.sections if verbose]


def redact_logs(config: pytest.Config, clean: Cleaning) -> None:
    """Take keys out of what `--log-file` and `--log-cli-level` let through."""
    plugin = config.pluginmanager.get_plugin("logging-plugin")
    for name in ("log_file_handler", "log_cli_handler"):
        handler = getattr(plugin, name, None)
        if isinstance(handler, logging.Handler):
            handler.setFormatter(_Discreet(handler.formatter or logging.Formatter(), clean))


def collect_quietly() -> None:
    """Collect what stacks have left behind, while nobody listens.

    asyncio logs each task that has failed unseen when it is collected. That may be after the last
    check, where the stack's own handlers print on the terminal what nobody has taken keys out of.
    """
    logger = logging.getLogger("asyncio")
    before, logger.disabled = logger.disabled, True
    try:
        gc.collect()
    finally:
        logger.disabled = before


class _Discreet(logging.Formatter):
    """Formats as another formatter does, and takes the keys out."""

    def __init__(self, inner: logging.Formatter, clean: Cleaning) -> None:
        super().__init__()
        self.inner = inner
        self.clean = clean

    def format(self, record: logging.LogRecord) -> str:
        return self.clean(self.inner.format(record))
