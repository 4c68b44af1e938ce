"""What models check of addresses, tenants and ciphers is refused as the releases refuse it."""

from __future__ import annotations

from typing import Any

import pytest

from conformance.judge import judging
from conformance.releases import shipped
from tests.test_diagnose_sceptic import config, stopping

NEW = "ogx==1.5.0"


def with_auth(kind: str, **settings: Any) -> dict[str, Any]:
    """Return a config with one type of authentication."""
    provider = {"type": kind, **settings}
    return config(server={"insecure": True, "auth": {"provider_config": provider}})


@pytest.mark.parametrize(
    ("url", "fine"),
    [
        ("https://kubernetes.default.svc", True),
        ("HTTPS://kubernetes.default.svc:6443", True),
        ("https://", False),
        ("kubernetes.default.svc", False),
        ("https://[", False),
    ],
)
@pytest.mark.parametrize("release", ["0.5.1", "0.7.1", NEW])
def test_an_api_server_has_a_host(url: str, release: str, *, fine: bool) -> None:
    """The scheme alone is not enough, and may be in capitals."""
    given = with_auth("kubernetes", api_server_url=url)

    assert fine == (not stopping(given, release))


@pytest.mark.parametrize(
    ("networks", "fine"),
    [
        (["10.0.0.0/8", "10.1.1.1/8", "fe80::/10", "10.0.0.1"], True),
        (None, True),
        (["10.0.0.0/99"], False),
        (["proxy.example"], False),
        ([], False),
    ],
)
def test_networks_of_a_proxy_are_networks(networks: list[str] | None, *, fine: bool) -> None:
    """`trusted_proxy_cidrs` came with 1.4; before, the key is ignored."""
    given = with_auth("upstream_header", principal_header="x-user", trusted_proxy_cidrs=networks)
    place = "server.auth.provider_config.trusted_proxy_cidrs"

    assert fine == (place not in stopping(given, NEW))
    assert place not in stopping(given, "ogx==1.3.1")


@pytest.mark.parametrize(
    ("tenant", "fine"),
    [(" Team-1 ", True), ("a" * 128, True), ("a" * 129, False), ("my team", False), (" ", False)],
)
def test_a_tenant_has_a_plain_name(tenant: str, *, fine: bool) -> None:
    """It is compared in small letters, without the blanks around it."""
    server = {"insecure": True, "tenancy": {"mode": "single", "default_tenant_id": tenant}}

    assert fine == (not stopping(config(server=server), NEW))
    assert fine == (not stopping(config(server=server), "ogx==1.2.0"))
    assert not stopping(config(server=server), "ogx==1.1.3")


@pytest.mark.parametrize(
    ("ciphers", "fine"),
    [
        (["ECDHE-RSA-AES128-GCM-SHA256", "DHE-RSA-AES256-GCM-SHA384"], True),
        (None, True),
        (["ECDHE-RSA-CHACHA20-POLY1305"], False),
        ([], False),
    ],
)
def test_ciphers_are_approved_ones(ciphers: list[str] | None, *, fine: bool) -> None:
    """They are looked at from 1.2 on, if the server has a certificate and is not insecure."""
    server = {"tls_certfile": "c", "tls_keyfile": "k", "tls_config": {"ciphers": ciphers}}

    assert fine == ("server" not in stopping(config(server=server), NEW))
    assert not stopping(config(server={**server, "insecure": "yes"}), NEW)
    assert not stopping(config(server={**server, "tls_keyfile": None, "insecure": True}), NEW)
    assert not stopping(config(server=server), "ogx==1.1.3")


@pytest.mark.parametrize(
    ("settings", "fine"),
    [
        ({"connection_string": "postgresql://u:p@h:5432/db?sslmode=require"}, True),
        ({"connection_string": "postgres://h/db", "ssl_mode": "require"}, True),
        ({"connection_string": "postgresql+asyncpg://h/db"}, False),
        ({"connection_string": "postgresql:///db"}, False),
        ({"connection_string": "postgresql://h"}, False),
        ({"connection_string": "postgresql://h/db?sslmode=x", "ssl_mode": "require"}, False),
    ],
)
def test_the_uri_of_a_database_is_whole(settings: dict[str, Any], *, fine: bool) -> None:
    """It names PostgreSQL, a host and a database, and TLS is set in one place."""
    given = config()
    given["storage"]["backends"]["sql_default"] = {"type": "sql_postgres", **settings}

    assert fine == (not stopping(given, NEW))
    assert fine == (not stopping(given, "ogx==1.4.1"))


@pytest.mark.parametrize(
    "given",
    [
        with_auth("kubernetes", api_server_url="${env.A}"),
        with_auth("upstream_header", principal_header="x", trusted_proxy_cidrs=["${env.A}"]),
        config(
            server={
                "tls_certfile": "c",
                "tls_keyfile": "k",
                "tls_config": {"ciphers": ["${env.A}"]},
            }
        ),
    ],
)
def test_what_is_not_known_is_not_refused(given: dict[str, Any]) -> None:
    """A text with a variable that may be set passes every check."""
    assert not [one for one in judging.findings(given, shipped.named(NEW), None) if one.stops]
