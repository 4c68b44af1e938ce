"""Any provider data at all: a caller's bad header is the caller's trouble, and nobody else's."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tests.support.any_caller import URL, Callers, gateway_of

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.filterwarnings("ignore")  # the stack's own

FORBIDDEN = bytes({*range(32), 127} - {9})  # in a field's value, RFC 9110, section 5.5
SERVER_ERROR = 500

names = st.sampled_from(["passthrough_api_key", "passthrough_url", "note", "a b", "", "self"])
scalars = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8)
values = st.recursive(
    scalars, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(names, inner, max_size=3)
)
with_key = st.fixed_dictionaries(
    {"passthrough_url": st.just(URL), "passthrough_api_key": scalars}, optional={"note": values}
)
written = (values | with_key).map(lambda value: json.dumps(value).encode())
twice = st.tuples(written, written).map(lambda pair: b'{"note": %s, "note": %s}' % pair)
deep = st.integers(1, 5000).map(lambda depth: b"[" * depth + b"]" * depth)
headers = (st.binary(max_size=24) | written | twice | deep).map(
    lambda text: text.translate(None, FORBIDDEN).strip()
)


@pytest.fixture(scope="module")
def callers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callers]:
    """The callers of a gateway that is booted once."""
    with gateway_of(tmp_path_factory) as made:
        made.vendor.echoes()
        yield made


def is_known(header: bytes) -> bool:
    """Return whether a 500 is what the gotchas say of such a header.

    `provider-data-form/no-object-array` has the smallest example of JSON that is no object and is
    not empty, `bad-requests/header-key-line-break` that of a key which no header can hold.
    """
    try:
        value: Any = json.loads(header.decode("latin-1"))
    except RecursionError:
        return True
    except ValueError:
        return False
    if not isinstance(value, dict):
        return bool(value)
    key = value.get("passthrough_api_key")
    if not isinstance(key, str) or not key.isascii() or value.get("passthrough_url") != URL:
        return False
    return key != "" and not re.fullmatch(r"[^\x00\s]+([ \t]+[^\x00\s]+)*", f"Bearer {key}")


@settings(max_examples=25, derandomize=True, database=None, deadline=None)
@given(headers)
@example(b"")
@example(b"[0]")
@example(b"7")
@example(b"[" * 5000 + b"]" * 5000)
@example(b'{"passthrough_url": "https://unused.test", "passthrough_api_key": "\\n"}')
@example(b'{"passthrough_url": "https://unused.test", "passthrough_api_key": NaN}')
def test_a_bad_header_is_a_server_error_only_where_a_gotcha_says_so(
    callers: Callers, header: bytes
) -> None:
    """Whatever a caller sends, the gateway answers, with a 500 only as documented.

    The next caller's chat is answered, and reaches the vendor with that caller's own key.
    """
    status = callers.status(header)
    callers.vendor.requests.clear()
    data = {"passthrough_url": URL, "passthrough_api_key": "the next caller's"}
    next_status = callers.status(json.dumps(data).encode())

    assert (status >= SERVER_ERROR) == is_known(header)
    assert next_status == 200
    keys = [request.headers["authorization"] for request in callers.vendor.requests]
    assert keys == ["Bearer the next caller's"]
