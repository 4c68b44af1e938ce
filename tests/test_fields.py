"""The value of a secret field is shown nowhere, whatever it looks like; other values are."""

from __future__ import annotations

import json

import pytest

from conformance.core import fields, lookalikes
from conformance.schemas import reading
from tests.support.examples import given
from tests.support.examples import strategies as st

HIDDEN = [
    "{'api_key': 'plain', 'x': 1}",
    "api_token: plain",
    '"password": "plain"',
    'x "token": "plain", y',
    r"{\"api_key\": \"plain\"}",
    "'secret': 'plain'",
    "client_secret=plain rest",
    "postgresql://user:plain@db/x",
    "https://tools.example/sse?page=2&token=plain",
    "x-api-key: plain",
    "'authorization': 'Bearer plain'",
    "passthrough_api_key=SecretStr('plain')",
    "api_key: ${env.KEY:=plain}",
    "api_key: ${env.KEY:+plain}",
    "api_key: ${env.KEY:plain}",
    "'api_key': '${env.KEY:+plain}'",
    "api_key: pre${env.KEY:=plain}",
    "api_key: ${env.KEY}plain",
    "api_key: ${env.KEY:=}${env.OTHER:=plain}",
    "https://user:p@plain@host/v1",
    "https://user:p@ss:plain@host/v1",
    "https://user:pa/plain@host/v1",
    "https://user:pa'plain@host/v1",
    "https://user:pa?plain#plain@host/v1",
    "https%3A%2F%2Fuser%3Aplain%40host%2Fv1",
    r'{"url": "https:\/\/user:plain@host"}',
    "https://h/x?pwd=plain",
    "Authorization: Bearer plain",
    "authorization: Token plain",
    "passwd: plain",
    "aws_access_key_id: plain",
    "AWS_BEARER_TOKEN_BEDROCK=plain",
    "apiKey: plain",
    '{"clientSecret": "plain", "x": 1}',
    "config.api_key\n  Not a string [type=string_type, input_value='plain, plain', input_type=str]",
]
SHOWN = [
    "max_tokens: 512, prompt_tokens=3, total_tokens: 9",
    "api_key: ${env.OPENAI_API_KEY}",
    "'token': None",
    "missing token: give one",
    "field passthrough_api_key is required",
    "remote-vllm/whose-token: could not observe",
    "https://api.openai.com/v1/models",
    "https://api.openai.com/v1/models?after=m-7&limit=3",
    "https://tools.example/sse?token=${env.TOOL_TOKEN}",
    "http://127.0.0.1:8321/v1/models, and write to me@example.com",
    "https://example.com:8321/packages/name@1.2.3",
    '{"url": "https://example.com", "owner": "me@example.com"}',
    "authorization: required for every path",
    "{'a': 'https://example.com:8321','b':'me@example.com'}",
    "{'a': 'https://example.com:x','b':'me@example.com'}",
    "monkey: banana, maxTokens: 5",
    "write `${env.OPENAI_API_KEY:=}`",
    "provider_id: ${env.OPENAI_API_KEY:+openai}",
    "- ${env.AWS_ACCESS_KEY_ID:+bedrock}",
    "api_key: ${env.ONE}${env.OTHER:+}",
    "1 error\nmodels.0.model_id\n  Not a string [type=string_type, input_value=7, input_type=int]",
]


@pytest.mark.parametrize("text", HIDDEN)
def test_a_secret_fields_value_is_taken_out(text: str) -> None:
    """By the name of its field, in Python, JSON, YAML, a URL or a header."""
    assert "plain" in text
    assert "plain" not in fields.concealed(text)


@pytest.mark.parametrize("text", SHOWN)
def test_what_is_no_secret_stays(text: str) -> None:
    """Counts, variables' names, and sentences about keys are left as they are."""
    assert text == fields.concealed(text)


@given(st.text(alphabet="abcXYZ019 .,:/+'\"\\", min_size=1, max_size=30))
def test_any_value_is_taken_out_of_json_and_of_a_repr(value: str) -> None:
    """Quotes, escapes and blanks in a value do not let its tail escape."""
    marked = f"begin{value}end"
    for text in (json.dumps({"api_token": marked}), repr({"api_token": marked})):
        assert "end" not in fields.concealed(text)


def test_secrets_of_a_config_are_known() -> None:
    """Values of secret fields and headers, and passwords in URLs, at any depth."""
    config = {
        "providers": [{"config": {"api_key": "one", "network": {"headers": {"X-A": "two"}}}}],
        "store": {"url": "postgresql://me:three@db/x"},
        "token": "four",
        "max_tokens": "not-this",
        "limits": {"max_tokens": 512, "password": None, "secret": False},
        "numbers": {"api_key": 12345678, "keys_of_all": "not-this", "api_keys": ["five", 6.5]},
    }

    found = ["one", "two", "three", "four", "12345678", "five", "6.5"]
    assert found == list(fields.secrets(config))


@pytest.mark.parametrize(
    "name", ["api_kye", "api_ke", "apikye", "passwrod", "tokn", "clientSecrt", "acess-token"]
)
def test_a_name_one_slip_away_may_hold_a_secret(name: str) -> None:
    """What is shown of a file leaves its value out; for the stack it is no secret's name."""
    assert lookalikes.may_hold_secrets(name)
    assert not fields.holds_secrets(name)


def test_no_field_of_a_release_is_taken_for_a_misspelt_secret() -> None:
    """Every name that the models of a release read is a secret's by itself or by no slip."""
    taken = [
        name
        for release in reading.line()
        for model in (reading.of(release).stack, *reading.of(release).facts["models"].values())
        for attribute, field in model["fields"].items()
        for name in field.get("names", [attribute])
        if lookalikes.may_hold_secrets(name) and not fields.holds_secrets(name)
    ]

    assert [] == taken


@pytest.mark.parametrize(
    ("line", "shown"),
    [
        ("  # api_key: plain and more", "  # api_key: [key]"),
        ("a: 1  # - pasword = plain", "a: 1  # - pasword = [key]"),
        ("# 'token': plain", "# 'token': [key]"),
        ("# max_tokens: 7", "# max_tokens: 7"),
        ("# api_key: ${env.KEY}", "# api_key: ${env.KEY}"),
        ("# api_key, which is read: from a file", "# api_key, which is read: from a file"),
    ],
)
def test_a_secret_that_is_commented_out_is_hidden(line: str, shown: str) -> None:
    """The comment's field decides, misspelt or not."""
    assert shown == lookalikes.without_comments(line, "[key]")


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("otel_headers", "x-team=plain", True),
        ("http_header", "x-team: plain", True),
        ("header", "X-Api-Key", False),
        ("allow_headers", ["x-team=plain"], False),
        ("url", "http://a.example", False),
    ],
)
def test_a_text_of_header_fields_is_known(name: str, value: object, *, expected: bool) -> None:
    """A name that ends in `header`, and a text that gives a value to one."""
    assert expected == lookalikes.holds_header_fields(name, value)
