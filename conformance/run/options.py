"""What a run works with, by its options."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from conformance import shipped
from conformance.cassettes import keys
from conformance.cassettes.keys import KeysError, Plan
from conformance.contract.deviation import CONTRACT, STRICT
from conformance.core import fields, releases
from conformance.core.model import CouldNotObserveError, SubjectName
from conformance.run import arguments, output, subject
from conformance.run.live import options as live_options
from conformance.run.session import STAND_IN, Session
from conformance.stack.configs import ConfigError
from conformance.vendors import UPSTREAMS


def session(config: pytest.Config) -> Session:
    """Return what a run works with. Raises `pytest.UsageError` for an option that is wrong."""
    cassettes = Path(config.getoption("--conformance-cassettes") or shipped("cassettes")).absolute()
    upstream = config.getoption("--conformance-upstream")
    if upstream not in {None, STAND_IN, *UPSTREAMS}:
        known = ", ".join([*UPSTREAMS, STAND_IN])
        raise pytest.UsageError(
            f"--conformance-upstream {upstream}: unknown; choose one of: {known}"
        )
    if not cassettes.is_dir():
        raise pytest.UsageError(f"--conformance-cassettes {cassettes}: no such directory")
    running = live_options.of(config)
    file = None if running else _own_config(config)
    try:
        own = subject.of_config(file, os.environ) if file else None
    except ConfigError as error:
        raise pytest.UsageError(fields.concealed(f"--stack-config {error}")) from error
    release, trouble = None, ""
    try:
        release = running.release if running else releases.installed()
    except CouldNotObserveError as error:
        trouble = str(error)
    return Session(
        live=running,
        own=own,
        cassettes=cassettes,
        mode=config.getoption("--record-mode") or "none",
        plan=_plan(config),
        accept_changed=config.getoption("--accept-changed"),
        upstream=upstream,
        release=release,
        trouble=trouble,
        strict=_is_strict(config),
    )


def _is_strict(config: pytest.Config) -> bool:
    """Tell whether answers are held to the letter; what is the user's own is not, unless asked."""
    default = CONTRACT if config.getoption("--stack-config") else STRICT
    return bool((config.getoption(arguments.LAYER) or default) == STRICT)


def _own_config(config: pytest.Config) -> Path | None:
    """Return the user's config; the suite's own is not one."""
    given = config.getoption("--stack-config")
    if given == "":
        raise pytest.UsageError("--stack-config is empty; give a stack's run.yaml, or leave it out")
    if given is None and config.getoption(arguments.SUBJECT) == SubjectName.CONFIG:
        raise pytest.UsageError(f"{arguments.SUBJECT} config needs --stack-config PATH")
    file = Path(given).absolute() if given else None
    same = file is not None and file.exists() and file.samefile(shipped("run.yaml"))
    return None if same else file


def _plan(config: pytest.Config) -> Plan:
    mode = config.getoption("--record-mode") or "none"
    if mode != "none" and (
        config.getoption("numprocesses", None) or hasattr(config, "workerinput")
    ):
        raise pytest.UsageError(f"--record-mode={mode} records in one process; leave out -n")
    try:
        plan = keys.plan(mode, config.getoption("--conformance-upstream"), Path(".env"))
    except KeysError as error:
        raise pytest.UsageError(str(error)) from error
    if plan.provenance == keys.LIVE:
        output.refuse_open_output(config)
    return plan
