"""Finds authentication that the server refuses to start with, although its models take it.

Read in the releases' `validate_auth_security`, which runs before any store is opened.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from conformance.judge.finding import Effect, Finding, Level
from conformance.judge.stages import Stage

if TYPE_CHECKING:
    from collections.abc import Iterator

    from conformance.judge.case import Case
    from conformance.judge.finding import Path

PROVIDER: Path = ("server", "auth", "provider_config")
VERIFIES = ">=1.2"
KNOWS_TENANTS = ">=1.4"
# The types that have the key; others drop it.
WITH_TLS = ("oauth2_token", "kubernetes")
FALSE = frozenset({"0", "f", "n", "no", "off", "false"})


def findings(case: Case) -> Iterator[Finding]:
    """Yield unverified certificates, and API keys that belong to no tenant."""
    release, kind = case.schema.release, case.at(*PROVIDER, "type")
    verified = case.at(*PROVIDER, "verify_tls")
    off = verified is not None and str(verified).lower() in FALSE
    if release.within(VERIFIES) and kind in WITH_TLS and off and not case.at("server", "insecure"):
        yield Finding(
            id="unverified-auth",
            level=Level.ERROR,
            effect=Effect.REFUSED,
            path=(*PROVIDER, "verify_tls"),
            what="the server does not start with `verify_tls: false`, unless it is given "
            "`--insecure`",
            instead="name the authority's certificate in `tls_cafile`, and remove `verify_tls`",
            stops=Stage.STORAGE - 1,
        )
    tenants = case.at("server", "tenancy", "mode")
    if release.within(KNOWS_TENANTS) and kind == "local_api_key" and tenants == "multi":
        yield Finding(
            id="keys-without-tenants",
            level=Level.ERROR,
            effect=Effect.REFUSED,
            path=("server", "tenancy", "mode"),
            what="the server does not start with several tenants and `local_api_key`, whose keys "
            "belong to none",
            instead="set `single` or `disabled`, or use another type of authentication",
            stops=Stage.STORAGE - 1,
        )
