"""No line that is shown of a file holds a secret, even where the file cannot be parsed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from conformance.diagnose import options, session
from conformance.diagnose.files import unread
from tests.support.diagnosing import write

if TYPE_CHECKING:
    from pathlib import Path

FORMS = ("text", "json", "sarif", "github", "markdown")
SECRET = "hunter2abc"
BEGIN = """\
version: 2
apis: [inference]
providers:
  inference:
  - provider_id: a
    provider_type: remote::vllm
    config:
      """
# Lines of that config, `$` is the secret.
LINES = {
    "twice": "token: $\n      token: other",
    "twice in headers": "network: {headers: {x-foo: $, x-foo: other}}",
    "twice in one line": "network: {token: $, token: other, unheard_of: 1}",
    "twice in a merge": "<<: {token: $, token: other}",
    "in a mapping": "api_token: {a: $}",
    "in a template": 'token: "{{ .Values.x }}$"',
    "no value": "token: $: d",
    "no scalar": "token: @$",
    "a directive": "headers:\n        x-foo: %$",
    "of a tag": "token: !Ref $",
    "a tag": "password: !$",
    "a tag of a list": "password: !$ [1]",
    "an alias": "password: *$",
    "a tag for numbers": "token: !!int $",
    "below a tag": "headers: {x-foo: !!int $}",
    "a template beside": "token: $ {{ .Values.x }}",
    "a misspelt name": "api_kye: $",
    "a misspelt name that is not parsed": "pasword: @$",
    "commented out": "unheard_of: 1  # api_token: $",
    "text of header fields": 'otel_headers: "x-team=$"',
    "a default of header fields": "otel_headers: ${env.UNSET_HERE:=x-team=$}",
    "a key": "{postgres://u:$@host/x: 1, unheard_of: 2}",
}


@pytest.mark.parametrize("name", LINES)
def test_no_line_shows_a_secret(tmp_path: Path, name: str) -> None:
    """Whatever is wrong with the line of a secret, the line is shown without it."""
    file = write(tmp_path, BEGIN + LINES[name].replace("$", SECRET) + "\n")
    shown: list[str] = []
    for form in FORMS:
        session.run(options.Request(paths=[file], releases=["0.5.1"], form=form), shown.append)

    assert all(shown)
    assert not [text for text in shown if SECRET in text]


def test_a_difference_shows_how_a_secret_default_is_written(tmp_path: Path) -> None:
    """The default of a variable is hidden, not its form, which is what changes."""
    for written in ("${env.A_KEY:$}", "'${env.A_KEY:$}'"):
        file = write(tmp_path, BEGIN + f"api_token: {written.replace('$}', SECRET + '}')}\n")
        shown: list[str] = []
        session.run(options.Request(paths=[file], releases=["0.5.1"], diff=True), shown.append)

        assert f"+      api_token: {written.replace(':$', ':=[key]')}" in shown[0].splitlines()
        assert SECRET not in shown[0]


def test_a_difference_shows_no_secret_that_is_misspelt_or_commented_out(tmp_path: Path) -> None:
    """Beside what changes stand lines that nothing reads."""
    kept = "# api_kye: $\n      otel_headers: a-team=$\n      pasword: $\n".replace("$", SECRET)
    file = write(tmp_path, f"{BEGIN}{kept}      url: http://a.example\n")
    shown: list[str] = []
    session.run(options.Request(paths=[file], releases=["0.5.1"], diff=True), shown.append)

    assert "+      base_url: http://a.example/v1" in shown[0].splitlines()
    assert "       pasword: [key]" in shown[0].splitlines()
    assert SECRET not in shown[0]


def test_a_list_of_variables_in_another_form_shows_no_default_of_a_secret(tmp_path: Path) -> None:
    """What to write stands there, with an empty default as it is."""
    forms = f"api_token: ${{env.A_KEY:{SECRET}}}\n      url: ${{env.B_KEY:}}\n"
    shown: list[str] = []
    session.run(
        options.Request(paths=[write(tmp_path, BEGIN + forms)], releases=["0.4.7"]), shown.append
    )

    assert "[variable-form], these stay text:" in shown[0]
    assert "write `${env.A_KEY:=[key]}`" in shown[0]
    assert "write `${env.B_KEY:=}`" in shown[0]
    assert SECRET not in shown[0]


def test_an_empty_default_is_shown(tmp_path: Path) -> None:
    """It is no secret."""
    empty = "token: ${env.TOKEN:=}"
    file = write(tmp_path, BEGIN + empty + "\nmodels: []\n")
    shown: list[str] = []
    session.run(options.Request(paths=[file], releases=["0.5.1"], diff=True), shown.append)

    assert empty in "".join(shown)


def test_a_url_that_is_taken_for_a_path_shows_no_password(tmp_path: Path) -> None:
    """A directory's name has one slash where the URL has two, and a password may be short."""
    store = "storage: {backends: {x: {type: sql_sqlite, db_path: 'postgres://u:tiny1@h/x'}}}"
    shown: list[str] = []
    file = write(tmp_path, f"{BEGIN}url: a\n{store}\n")
    session.run(options.Request(paths=[file], releases=["0.5.1"]), shown.append)

    assert "nothing creates the directory" in shown[0]
    assert "tiny1" not in shown[0]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("url: a: b", "url: a: b"),
        ("# token:\nurl: a: b", "url: a: b"),
        ("token: a\nurl: b: c", "url: b: c"),
        ("tokens: 1: 2", "tokens: 1: 2"),
        ("max_tokens: 1: 2", "max_tokens: 1: 2"),
        ("a: {'token': b", "a: {'token': [key]"),
        ("token:", "token:"),
        ("headers:\n  a: b", "  a: [key]"),
        ("headers:\n# no\n\n  a:\n    b: c", "    b: [key]"),
        ("key: |\n  abc", ""),
        ("a", ""),
    ],
)
def test_a_line_is_shown_as_far_as_it_is_no_secret(text: str, expected: str) -> None:
    """Names and indentation decide; a line without a name is not shown."""
    lines = text.splitlines(keepends=True)

    assert expected == unread.shown(lines, len(lines) - 1)
