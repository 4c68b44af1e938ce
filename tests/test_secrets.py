"""No key, in any form it can take, reaches a cassette or a text that is printed."""

from __future__ import annotations

import asyncio
import base64
import gc
import itertools
import json
import logging
import re
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, unquote

import pytest
import yaml

from conformance.cassettes import recordings, scrub
from conformance.cassettes.library import Library
from conformance.cassettes.writing import Ran, metadata, written
from conformance.core.redaction import REDACTED, disguises, redact
from conformance.run import output
from tests.support.examples import HealthCheck, assume, example, given, settings
from tests.support.examples import strategies as st
from tests.support.pretend_vendors import PLANTED

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

KEY = "sk-proj-standin-q7Zt4mXw9KcB2vLdq7Zt4mXw9KcB2vLd"
ODD = 'p"ss/w+rd=ö\\key&<x>'


def as_escapes(text: str) -> str:
    r"""Spell every character as JSON may: `\u0041`."""
    return "".join(f"\\u{ord(letter):04x}" for letter in text)


def in_base64(text: str) -> str:
    """Return the base64 of a text."""
    return base64.b64encode(text.encode()).decode()


DISGUISES: dict[str, Callable[[str], str]] = {
    "raw": lambda key: key,
    "bearer": lambda key: f"Bearer {key}",
    "upper case": lambda key: key.upper() if key.isascii() else key,
    "provider data": lambda key: json.dumps({"passthrough_api_key": key}),
    "JSON in JSON": lambda key: json.dumps(json.dumps({"key": key})),
    "JSON in JSON, not ASCII": lambda key: json.dumps(
        json.dumps({"key": key}, ensure_ascii=False), ensure_ascii=False
    ),
    "JSON escapes": as_escapes,
    "slashes escaped": lambda key: json.dumps(key)[1:-1].replace("/", "\\/"),
    "URL": lambda key: quote(key, safe=""),
    "URL twice": lambda key: quote(quote(key, safe=""), safe=""),
    "every byte in percent": lambda key: "".join(f"%{byte:02X}" for byte in key.encode()),
    "base64": in_base64,
    "base64, behind one": lambda key: in_base64(f"x{key}y"),
    "base64, behind two": lambda key: in_base64(f"xy{key}yx"),
    "base64 of Bearer": lambda key: in_base64(f"Bearer {key}"),
    "base64 of JSON": lambda key: in_base64(json.dumps({"api_key": key}, ensure_ascii=False)),
    "base64 for URLs": lambda key: base64.urlsafe_b64encode(f"u:{key}".encode()).decode(),
    "base64 in lines": lambda key: base64.encodebytes(f"Bearer {key}".encode() * 2).decode(),
    "hexadecimal": lambda key: key.encode().hex(),
    "HTML": lambda key: "".join(f"&#{ord(letter)};" for letter in key),
    "Python": lambda key: repr(key.encode()),
}


def nothing(_key: str) -> str:
    """Return no key at all."""
    return ""


def said(text: str) -> str:
    """Return all that a text says to someone who resolves every escape and encoding in it.

    Written apart from the code under test, which has to look for what is found here.
    """
    levels = [text]
    for _ in range(3):
        last = levels[-1]
        last = re.sub(r"\\+u([0-9a-fA-F]{4})", lambda m: chr(int(m[1], 16)), unquote(last))
        last = re.sub(r"\\+x([0-9a-fA-F]{2})", lambda m: chr(int(m[1], 16)), last)
        last = re.sub(r"&#(\d+);", lambda m: chr(int(m[1])), last)
        levels.append(last)
    levels += [level.replace("\\", "") for level in levels]
    for level in dict.fromkeys(levels):
        joined = re.sub(r"\s|\\n", "", level)
        words = re.findall(r"[A-Za-z0-9+/_-]{8,}", level) + re.findall(
            r"[A-Za-z0-9+/_-]{8,}", joined
        )
        for word in dict.fromkeys(words):
            for start in range(4):
                letters = word[start:].replace("-", "+").replace("_", "/")
                raw = base64.b64decode(letters[: len(letters) // 4 * 4])
                levels.append(raw.decode("utf-8", "replace"))
        levels += [
            bytes.fromhex(h[: len(h) // 2 * 2]).decode("utf-8", "replace")
            for h in re.findall(r"[0-9a-fA-F]{16,}", level)
        ]
    return "\n".join(levels).casefold()


@pytest.mark.parametrize("key", [KEY, ODD], ids=["usual", "odd"])
@pytest.mark.parametrize("disguise", DISGUISES.values(), ids=DISGUISES)
def test_a_known_key_is_found(key: str, disguise: Callable[[str], str]) -> None:
    """A known key is taken out of a text in whatever form it stands there."""
    text = redact(f"before {disguise(key)} after", [key])

    assert key.casefold() not in said(text)
    assert text.startswith("before ")
    assert text.endswith(" after")


@pytest.mark.parametrize(
    "text",
    [
        "Incorrect API key provided: sk-proj-********************2vLd.",
        "the key sk-p…2vLd",
        "key ending in ...Kc B2vLd".replace(" ", ""),
        "ends with ****B2vLd",
        "sk-proj-stand\\u2026B2vLd",
    ],
)
def test_a_masked_key_is_found(text: str) -> None:
    """What a vendor's error leaves of a key, at its ends, is taken out too."""
    shown = redact(text, [KEY])

    assert "2vLd" not in shown
    assert REDACTED in shown


def test_a_piece_of_a_key_is_found() -> None:
    """A key that was cut short is taken out as far as it goes."""
    assert redact(f"'key': '{KEY[20:40]}", [KEY]) == f"'key': '{REDACTED}"


@pytest.mark.parametrize(
    "text",
    [
        "sk-abcdefgh12345678",
        "\\nsk-ant-api03-AbCdEfGh12345678",
        "AIzaSyA0123456789",
        "sk-proj-****abcd",
        "Authorization: Bearer abcdef123456",
        "Basic dXNlcjpwYXNzd29yZDE=",
        "eyJhbGciOiJI.eyJzdWIiOiIxMjM0.SflKxwRJ",
        "hf_abcdefghijklmnop1234",
    ],
)
def test_an_unknown_key_is_found_by_its_looks(text: str) -> None:
    """Whatever looks like a key is taken out, and the gate refuses it."""
    assert REDACTED in redact(text)
    assert scrub.leaks(text) != []
    assert scrub.leaks(redact(text)) == []


@pytest.mark.parametrize("text", [quote("é: sk-abcdefgh12345678"), in_base64("a: sk-abcdefgh1234")])
def test_the_gate_sees_through_encodings(text: str) -> None:
    """The gate refuses something key-like behind percent signs or in base64, though unknown."""
    assert scrub.leaks(text) != []


@pytest.mark.parametrize(
    "text",
    [
        "a risk-management desk-based task-oriented answer",
        "Bearer authentication is basic functionality",
        "chatcmpl-standinYJdvaJoUf6OSCltjw2vmXg fp_44709d6fcb",
        "user_satisfaction project 7",
    ],
)
def test_ordinary_words_stay(text: str) -> None:
    """Words that merely resemble keys and ids are kept."""
    assert text == scrub.body(text)
    assert scrub.leaks(text) == []


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("in organization org-AbCdEfGh12345678 on", "in organization [org-id] on"),
        ("org-AbCdEfGhIjKlMnOp", "[org-id]"),
        ("request req_011CSHoEeqs5C35K2UUqR7Fy", "request [req-id]"),
        ("project_number:123456789012", "project_number:[project-id]"),
        ("consumer: projects/123456789012", "consumer: projects/[project-id]"),
        ("in project 123456789012 before", "in project [project-id] before"),
        ("ft:gpt-4o-mini-2024-07-18:acme-corp:bot:AbC123", "ft:gpt-4o-mini-2024-07-18:[account]"),
        ("write to jane.doe@example.com", "write to [email]"),
    ],
)
def test_ids_of_accounts_become_placeholders(text: str, kept: str) -> None:
    """Organisation, project and account ids are replaced, each by a placeholder of its own."""
    assert kept == scrub.body(text)
    assert scrub.leaks(text) != []
    assert scrub.leaks(kept) == []


# What some ids are known by.
CONTEXTS = {
    "trace": "a trace id: {}",
    "cloud project": "a projects/{}",
    "project number": "a project_number:{}",
}


@pytest.mark.parametrize("disguise", DISGUISES.values(), ids=DISGUISES)
@pytest.mark.parametrize("kind", sorted(PLANTED.keys() - {"cookie", "account"}))
def test_an_id_is_found_in_every_disguise(kind: str, disguise: Callable[[str], str]) -> None:
    """Whoever resolves all encodings of what is kept finds no id of an account or a person."""
    text = disguise(CONTEXTS.get(kind, "it is {} now").format(PLANTED[kind]))
    kept = scrub.body(text)

    assert PLANTED[kind].casefold() not in said(kept)
    assert [] != scrub.leaks(text)
    assert [] == scrub.leaks(kept)


def test_what_is_encoded_and_harmless_stays() -> None:
    """Percent signs, escapes, digests and base64 that hide no id are kept as they are."""
    for text in (
        "a%20b%C3%A9",
        r"caf\u00e9",
        "&amp; &lt;",
        "deadbeef" * 4,
        in_base64("just words"),
    ):
        assert text == scrub.body(text)


def exchange(**parts: Any) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return a request and a response, as vcrpy hands them over."""
    url = f"https://{parts['user']}@api.openai.com/v1/{quote(parts['path'])}?key={parts['query']}"
    request = {
        "method": "POST",
        "uri": url,
        "headers": {
            "Authorization": [f"Bearer {parts['header']}"],
            "X-LlamaStack-Provider-Data": [json.dumps({"passthrough_api_key": parts["header"]})],
            "Content-Type": [f"application/json; x={parts['header']}"],
            "Cookie": [parts["header"]],
        },
        "body": json.dumps({parts["name"]: [parts["sent"]]}).encode(),
    }
    response = {
        "status": {"code": parts["status"], "message": parts["reason"]},
        "headers": {
            "Content-Type": [parts["kind"]],
            "Set-Cookie": [parts["told"]],
            "X-Request-Id": [parts["told"]],
            "Server": [parts["told"]],
            "Location": [f"https://api.openai.com/?api_key={parts['told']}&x={parts['told']}"],
            "x-ratelimit-note": [parts["told"], parts["reason"]],
            "openai-organization": [parts["told"]],
        },
        "body": {"string": parts["body"]},
    }
    return request, response


WORDS = st.text("abcXYZ019 äß€😀'\"\\/{}:\n\t.-_", max_size=30)
SECRETS = st.one_of(
    st.text("ABCDEFGHabcdefgh0123456789-_", min_size=12, max_size=60).map("sk-".__add__),
    st.text("ABCDEFGHabcdefgh0123456789-_", min_size=20, max_size=40).map("AIza".__add__),
    st.text(
        "ABCDEFGHijklmn0123456789!#$%&'()*+,-./:;<=>?@[]^_`{|}~\"\\äß€", min_size=12, max_size=60
    ),
)


@st.composite
def plants(draw: st.DrawFn) -> tuple[str, dict[str, Any]]:
    """Return a secret, and the parts of an exchange that has it in any of its places."""
    secret = draw(SECRETS)
    assume(len(set(secret)) > 6)

    def planted() -> str:
        disguise = draw(st.sampled_from([*DISGUISES.values(), nothing]))
        return draw(WORDS) + " " + disguise(secret) + " " + draw(WORDS)

    frames = [json.dumps({"choices": [{"delta": {"content": planted()}}]}) for _ in range(2)]
    bodies = {
        "json": json.dumps({"choices": [{"message": {planted(): planted()}}]}),
        "stream": "".join(f"data: {frame}\n\n" for frame in frames) + "data: [DONE]\n\n",
        "error": json.dumps({"error": {"message": f"wrong key {secret[:6]}*****{secret[-4:]}"}}),
        "text": planted(),
        "redirect": f'<a href="https://x.test/?key={quote(secret)}">moved</a>',
    }
    kind = draw(st.sampled_from(sorted(bodies)))
    texts = ("header", "name", "sent", "reason", "told")
    return secret, {name: planted() for name in texts} | {
        "user": quote(secret, safe=""),
        "path": planted(),
        "query": quote(planted(), safe=""),
        "status": draw(st.sampled_from([200, 307, 401, 429, 500])),
        "kind": draw(st.sampled_from(["application/json", "text/event-stream"])),
        "body": bodies[kind].encode(),
    }


def stored(root: Path, secret: str, parts: dict[str, Any]) -> bytes:
    """Record an exchange as a run does, and return all bytes it left."""
    library = Library(
        root, "rewrite", upstream_of={"https://api.openai.com": "openai"}, secrets=(secret,)
    )
    library.keep("chat", *exchange(**parts))
    by_host = library.recorded["chat"]
    library.recorded["chat"] = {"openai": list(itertools.chain(*by_host.values()))}
    result = written(library, Ran({}, {}), metadata("live", None))
    assert not any(secret in line for line in result.lines())
    return b"".join(file.read_bytes() for file in root.rglob("*") if file.is_file())


@settings(
    max_examples=120, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(plants())
def test_no_secret_is_in_the_bytes_written(
    tmp_path_factory: pytest.TempPathFactory, planted: tuple[str, dict[str, Any]]
) -> None:
    """A secret planted anywhere in an exchange, in any encoding, is in no byte that is stored."""
    secret, parts = planted

    left = stored(tmp_path_factory.mktemp("cassettes"), secret, parts)

    assert secret.casefold() not in said(left.decode())
    if left:
        for text in scrub._texts(yaml.safe_load(left)):
            assert secret.casefold() not in said(text)


TEXTS = st.text(max_size=60) | WORDS


@settings(max_examples=150, deadline=None)
@given(TEXTS)
@example("Bearer [key] sk-[key]")
@example(f"{'A' * 30}{in_base64(KEY)}")
def test_redacting_twice_changes_nothing(text: str) -> None:
    """What was redacted passes the gate, so a recording is never refused for its placeholders."""
    once = redact(text, [KEY])

    assert once == redact(once, [KEY])


@settings(max_examples=150, deadline=None)
@given(st.dictionaries(TEXTS, TEXTS | st.floats(allow_nan=False) | st.none()), TEXTS)
def test_what_is_stored_is_read_back(
    tmp_path_factory: pytest.TempPathFactory, value: dict[str, Any], text: str
) -> None:
    """Any body comes back from a cassette with the meaning it was recorded with."""
    file = tmp_path_factory.mktemp("tapes") / "openai" / "chat.yaml"
    bodies = [recordings.readable(json.dumps(value)), text]
    kept: list[recordings.Interaction] = [
        {"request": {"uri": "u", "body": each}, "response": {"body": {"string": each}}}
        for each in bodies
    ]

    list(
        recordings.replace(
            file.parents[1], {file: recordings.Recording({"provenance": "live"}, kept)}
        )
    )

    assert kept == recordings.read(file).interactions
    assert value == recordings.parsed(kept[0]["response"]["body"]["string"])


def test_logs_that_pytest_writes_hold_no_key() -> None:
    """A log line is redacted as a whole, whatever its parts are."""
    formatter = output._Discreet(logging.Formatter("%(message)s"), lambda text: redact(text, [KEY]))
    record = logging.LogRecord("openai", 10, "", 1, "sent %s", ({"api_key": KEY},), None)

    assert formatter.format(record) == f"sent {{'api_key': '{REDACTED}'}}"


def test_an_embedding_in_base64_is_no_secret() -> None:
    """A base64 body without a key in it passes the gate."""
    numbers = in_base64("".join(chr(33 + n % 90) for n in range(6000)))

    assert scrub.leaks(json.dumps({"embedding": numbers}), [KEY]) == []
    assert any(disguises(numbers))


async def _fails() -> None:
    raise ValueError("a task that nobody waits for")


@pytest.mark.parametrize("collect", [gc.collect, output.collect_quietly])
def test_a_task_that_failed_unseen_says_nothing_at_the_end(
    collect: Callable[[], object], caplog: pytest.LogCaptureFixture
) -> None:
    """Asyncio logs it when it is collected, which the stack's handlers would print."""
    loop = asyncio.new_event_loop()
    circle: list[Any] = [loop.create_task(_fails())]
    circle.append(circle)
    loop.run_until_complete(asyncio.sleep(0))
    loop.close()
    del circle
    collect()

    assert ("never retrieved" in caplog.text) is (collect is gc.collect)
