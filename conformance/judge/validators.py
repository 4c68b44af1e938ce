"""Repeats the checks of the releases' models on a whole value, which a schema cannot express.

Keyed by the name of the validator; a check is applied only where the schema of the release says
that its model has it. A value that is not known passes.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from conformance.judge import addresses, forwarding, free_texts, scalars
from conformance.judge.values import Unknown

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from conformance.core.releases import Release
    from conformance.schemas.reading import Json

CONDITIONS = (
    ("user", "is", "owner"),
    ("user", "is", "not", "owner"),
    ("user", "with", "*", "in", "*"),
    ("user", "with", "*", "not", "in", "*"),
    ("user", "in", "owners", "*"),
    ("user", "not", "in", "owners", "*"),
    ("resource", "is", "unowned"),  # the last one, known from 0.4.0 on
)
COMPONENTS = frozenset({"host", "port", "db", "user", "password"})
TENANT = re.compile(r"[a-z0-9][a-z0-9_-]{0,127}")
CIPHERS = frozenset(
    f"{exchange}-AES{size}-GCM-SHA{hashed}"
    for exchange in ("ECDHE-ECDSA", "ECDHE-RSA", "DHE-RSA")
    for size, hashed in ((128, 256), (256, 384))
)


def of_whole(value: Json, model: Json, release: Release) -> Iterator[str]:
    """Yield what a model's checks of the whole value refuse on a release."""
    if any(isinstance(part, Unknown) for part in value.values()):
        return
    for name in model.get("validators", {}):
        message = _WHOLE[name](value, model) if name in _WHOLE else ""
        if name == "validate_rule_format" and release.within("<0.4"):
            message = message or _condition(value, CONDITIONS[:-1])
        if message:
            yield message


def _old_verify(value: Json, model: Json) -> str:
    """Return that `tls_verify` moves to a place where it is refused."""
    del model
    network = value.get("network")
    taken = isinstance(network, dict) and network.get("tls") is not None
    message = "" if taken else free_texts.no_file(value.get("tls_verify"))
    return f"`tls_verify` {message}" if message else ""


def _gemini(value: Json, model: Json) -> str:
    del model
    if value.get("api_key") and value.get("access_token"):
        return "`api_key` and `access_token` exclude each other"
    if value.get("access_token") and not value.get("project"):
        return "`access_token` needs `project`"
    if value.get("project") and not value.get("access_token"):
        return "`project` needs `access_token`"
    return ""


def _cors(value: Json, model: Json) -> str:
    del model
    wide = "*" in (value.get("allow_origins") or ())
    return (
        "`allow_credentials` excludes the origin `*`"
        if value.get("allow_credentials") and wide
        else ""
    )


def _one_of(first: str, second: str) -> Callable[[Json, Json], str]:
    def check(value: Json, model: Json) -> str:
        del model
        both = bool(value.get(first)), bool(value.get(second))
        return "" if both[0] != both[1] else f"must have one of `{first}` and `{second}`"

    return check


def _pair(value: Json, model: Json) -> str:
    del model
    halves = value.get("client_cert") is None, value.get("client_key") is None
    return "" if halves[0] == halves[1] else "`client_cert` and `client_key` need each other"


def _proxy(value: Json, model: Json) -> str:
    del model
    both = value.get("url") and (value.get("http") or value.get("https"))
    return "`url` excludes `http` and `https`" if both else ""


def _below(low: str, high: str, *, equal: bool) -> Callable[[Json, Json], str]:
    def check(value: Json, model: Json) -> str:
        lower = value.get(low, model["fields"][low].get("default"))
        upper = value.get(high, model["fields"][high].get("default"))
        if lower is None or upper is None:
            return f"must have `{low}` and `{high}`"  # the release compares them, null or not
        if float(lower) < float(upper):
            return ""
        fine = equal and float(lower) == float(upper)
        return "" if fine else f"`{low}` must be less than `{high}`"

    return check


def _postgres(value: Json, model: Json) -> str:
    del model
    if value.get("connection_string") is None:
        return "" if value.get("user") else "must have `user` or `connection_string`"
    conflicting = sorted(COMPONENTS & value.keys())
    if conflicting:
        return f"`connection_string` excludes {', '.join(conflicting)}"
    own = value.get("ssl_mode") is not None or value.get("ca_cert_path") is not None
    doubled = addresses.ssl_options(value["connection_string"]) if own else []
    return (
        f"`ssl_mode` and `ca_cert_path` exclude {', '.join(doubled)} in the URI" if doubled else ""
    )


def _tenancy(value: Json, model: Json) -> str:
    del model
    tenant = value.get("default_tenant_id")
    if not tenant:
        missing = value.get("mode") == "single"
        return "the mode `single` needs `default_tenant_id`" if missing else ""
    known = TENANT.fullmatch(tenant.strip().lower())
    return "" if known else "`default_tenant_id` must be of letters, digits, `-` and `_`"


def _known(values: list[Any]) -> Iterator[Any]:
    return (value for value in values if not isinstance(value, Unknown))


def _ciphers(value: Json, model: Json) -> str:
    """Return that a server with a certificate offers ciphers which are not approved."""
    del model
    insecure = str(value.get("insecure", False)).lower() in scalars.YES
    secured = value.get("tls_certfile") and value.get("tls_keyfile") and not insecure
    ciphers = (value.get("tls_config") or {}).get("ciphers") if secured else None
    if ciphers is None or (ciphers and CIPHERS.issuperset(_known(ciphers))):
        return ""
    return f"`tls_config.ciphers` must be of {', '.join(sorted(CIPHERS))}"


def _rule(value: Json, model: Json) -> str:
    message = _one_of("permit", "forbid")(value, model)
    if message or (value.get("when") and value.get("unless")):
        return message or "`when` and `unless` exclude each other"
    return _condition(value, CONDITIONS)


def _condition(value: Json, known: tuple[tuple[str, ...], ...]) -> str:
    """Return which condition of a rule is none of those that a release knows."""
    for name in ("when", "unless"):
        given = value.get(name) or []
        for text in given if isinstance(given, list) else [given]:
            if not any(_matches(str(text).split(), form) for form in known):
                return f"`{name}: {text}` is no condition"
    return ""


def _matches(words: list[str], form: tuple[str, ...]) -> bool:
    return len(words) == len(form) and all(
        part in {"*", word} for word, part in zip(words, form, strict=True)
    )


_WHOLE: dict[str, Callable[[Json, Json], str]] = {
    "_validate_auth": _gemini,
    "validate_credentials_config": _cors,
    "validate_mode": _one_of("jwks", "introspection"),
    "validate_mtls_pair": _pair,
    "migrate_tls_verify_to_network": _old_verify,
    "validate_proxy_config": _proxy,
    "validate_probes": _below("probes", "lists", equal=False),
    "validate_pool_sizes": _below("pool_min_size", "pool_max_size", equal=True),
    "validate_connection_settings": _postgres,
    "validate_tenancy": _tenancy,
    "validate_tls": _ciphers,
    "validate_forward_headers": forwarding.refused,
    "validate_rule_format": _rule,
}
