"""Configs are found in every form people keep them in, and no bytes end in a traceback."""

from __future__ import annotations

import io
import json
import textwrap
from types import SimpleNamespace
from typing import TYPE_CHECKING

import pytest
import yaml

from conformance.diagnose import options, session
from conformance.diagnose.files import forms, reading, sources
from tests.support.diagnosing import CONFIG, CONFIG_MAP, run, write
from tests.support.examples import given
from tests.support.examples import strategies as st

if TYPE_CHECKING:
    from pathlib import Path

BOMB = "a0: &a0 [x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]\n" for n in range(1, 10)
)
BUILD = "distribution_spec: {providers: {inference: [{provider_type: 'remote::vllm'}]}}\n"
UNREADABLE: dict[str, tuple[str | bytes, str, int]] = {
    "tab": ("apis:\n\t- inference\n", "not-yaml", 2),
    "colon": ("version: 2\napis: a: b\n", "not-yaml", 2),
    "control character": ("version: 2\nname: \x01\n", "not-yaml", 2),
    "not UTF-8": (b"version: 2\nname: \xff\n", "not-utf-8", 2),
    "UTF-16": ("version: 2\n".encode("utf-16"), "not-utf-8", 1),
    "bomb": (BOMB, "alias-bomb", 6),
    "endless": ("a: &a\n  b: *a\n", "alias-bomb", 2),
    "deep": ("[" * 100_000, "too-deep", 1),
    "deep block": ("".join(f"{' ' * n}a:\n" for n in range(400)), "too-deep", 201),
    "unknown tag": ("apis: !include x\n", "not-yaml", 1),
    "tag of a list": ("x: !!python/object/apply:os.getcwd []\n", "not-yaml", 1),
    "base64": ("kind: Secret\ndata: {run.yaml: dmVyc2lvbjogMgo=}\n", "no-config", 1),
    "no timestamp": ("version: !!timestamp soon\n", "not-yaml", 1),
    "huge number": (f"a: b\nversion: 0x{'f' * 4000}\n", "not-yaml", 2),
    "no date": ("version: 2024-13-45\n", "not-yaml", 1),
    "template": ("apis:\n{{- if .Values.x }}\n- inference\n", "unrendered-template", 2),
    "template value": ("apis:\n- {{ .Values.api }}\n", "unrendered-template", 2),
    "another template": ("apis:\n- {{ api }}\n", "unrendered-template", 2),
    "block of a template": ("apis:\n{% for x in y %}\n- x\n", "unrendered-template", 2),
    "merged": ("server:\n  <<: 5\n", "not-yaml", 2),
    "empty": ("", "no-config", 1),
    "comment": ("# nothing\n", "no-config", 1),
    "list": ("- a\n", "no-config", 1),
    "other": ("name: x\n", "no-config", 1),
    "service": ("apiVersion: v1\nkind: Service\n", "no-config", 1),
    "build file": (BUILD, "no-config", 1),
}


@pytest.mark.parametrize("name", UNREADABLE)
def test_what_cannot_be_read_is_a_finding(tmp_path: Path, name: str) -> None:
    """Each kind of unreadable file has its finding, at its line, and the exit status is 2."""
    text, expected, line = UNREADABLE[name]
    status, shown = run(write(tmp_path, text), form="json")

    (file,) = json.loads(shown)["files"]
    (finding,) = file["findings"]
    assert (2, None) == (status, file["release"])
    assert (expected, line) == (finding["id"], finding["line"])


@pytest.mark.parametrize("file", ["missing.yaml", "a\0b"])
def test_a_file_that_cannot_be_opened_is_a_finding(tmp_path: Path, file: str) -> None:
    """A file that is missing, or whose name is impossible, is named and ends in 2."""
    status, shown = run(str(tmp_path / file))

    assert 2 == status
    assert "[unreadable]" in shown


def test_a_large_file_is_refused(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A file beyond the limit is not parsed."""
    monkeypatch.setattr(sources, "LARGEST", 10)

    assert "[too-large]" in run(write(tmp_path, CONFIG))[1]


@pytest.mark.parametrize(
    "raw",
    [CONFIG.encode(), b"\xef\xbb\xbf" + CONFIG.encode(), CONFIG.replace("\n", "\r\n").encode()],
    ids=["plain", "byte order mark", "CRLF"],
)
def test_places_point_into_the_file(tmp_path: Path, raw: bytes) -> None:
    """Line and column are those of the key, whatever ends a line."""
    _, shown = run(write(tmp_path, raw), form="json")

    found = {each["id"]: (each["line"], each["column"]) for each in _findings(shown)}
    assert {"unknown-api": (7, 3), "renamed-key": (13, 16), "moved-key": (14, 1)} == found


def _findings(shown: str) -> list[dict[str, object]]:
    return [each for file in json.loads(shown)["files"] for each in file["findings"]]


def test_a_config_map_is_opened(tmp_path: Path) -> None:
    """A config in a ConfigMap is judged; its places are those of the manifest."""
    _, shown = run(write(tmp_path, CONFIG_MAP, "manifest.yaml"), form="json")

    (file,) = json.loads(shown)["files"]
    assert "ConfigMap llama, run.yaml" == file["name"]
    lines = CONFIG_MAP.splitlines()
    for finding in file["findings"]:
        key = finding["path"].rpartition(".")[2].partition("[")[0]
        rest = lines[finding["line"] - 1][finding["column"] - 1 :]
        assert rest.startswith("telemetry" if key == "apis" else key)
    assert {"unknown-api", "renamed-key"} == {finding["id"] for finding in file["findings"]}


BROKEN = """\
apiVersion: v1
kind: ConfigMap
data:
  run.yaml: |
    version: 2
    apis: [inference]
    providers: {inference: [}
"""
SCRIPT = """\
kind: ConfigMap
data:
  start.sh: |
    #!/bin/sh
    cat >run.yaml <<END
    apis: [inference]
    providers: {inference: [}
    END
"""


@pytest.mark.parametrize("whole", [BROKEN, f"{CONFIG_MAP}---\n{BROKEN}"], ids=["alone", "second"])
@pytest.mark.parametrize("directory", [False, True], ids=["file", "directory"])
def test_a_text_that_is_no_yaml_is_named_in_its_resource(
    tmp_path: Path, whole: str, *, directory: bool
) -> None:
    """A config in a ConfigMap with a syntax error is shown at its place in the user's file."""
    path = write(tmp_path, whole)
    status, shown = run(str(tmp_path) if directory else path, form="json")

    (found,) = [each for each in _findings(shown) if each["id"] == "not-yaml"]
    lines = whole.splitlines()
    assert status == 2
    assert "expected node content" in str(found["what"])
    assert lines[int(str(found["line"])) - 1][int(str(found["column"])) - 1 :] == "}"


def test_a_script_that_writes_a_config_is_no_broken_one(tmp_path: Path) -> None:
    """A text that begins as no config does is left alone."""
    _, shown = run(write(tmp_path, SCRIPT), form="json")

    assert [each["id"] for each in _findings(shown)] == ["no-config"]


@pytest.mark.parametrize("indicator", ["|", "|-", "|+", "|4"])
def test_every_literal_block_has_exact_places(tmp_path: Path, indicator: str) -> None:
    """How a literal block is written does not matter."""
    block = textwrap.indent(CONFIG, "    ")
    text = f"kind: ConfigMap\napiVersion: v1\ndata:\n  run.yaml: {indicator}\n{block}"
    text = text if indicator != "|4" else text.replace("  run.yaml: |4", "  ? run.yaml\n  : |2")
    _, shown = run(write(tmp_path, text), form="json")

    found = {each["id"]: each["line"] for each in _findings(shown)}
    assert text.splitlines()[int(str(found["moved-key"])) - 1].strip() == "models:"


def test_a_quoted_config_is_judged_at_its_key(tmp_path: Path) -> None:
    """A config in a quoted text is judged at the text; no repair of it is promised."""
    manifest = {"kind": "ConfigMap", "apiVersion": "v1", "data": {"x": CONFIG}}
    _, shown = run(write(tmp_path, json.dumps(manifest)), form="json")

    assert {1} == {finding["line"] for finding in _findings(shown)}
    assert 3 == len(_findings(shown))
    assert not any(finding["fix"] for finding in _findings(shown))


def test_a_config_inside_a_resource_is_found(tmp_path: Path) -> None:
    """A custom resource with the config inline is judged where the config stands."""
    inline = textwrap.indent(CONFIG, "      ")
    head = (
        "apiVersion: llamastack.io/v1alpha1\nkind: LlamaStackDistribution\nmetadata: {name: my}\n"
    )
    text = f"{head}spec:\n  server:\n    userConfig:\n{inline}"
    _, shown = run(write(tmp_path, text), form="json")

    (file,) = json.loads(shown)["files"]
    assert "LlamaStackDistribution my, userConfig" == file["name"]
    assert [13, 19, 20] == sorted(finding["line"] for finding in file["findings"])


def test_every_document_is_judged(monkeypatch: pytest.MonkeyPatch) -> None:
    """What `helm template` prints is read from standard input, document by document."""
    text = f"---\n# Source: x\n{CONFIG_MAP}---\n{CONFIG_MAP}"
    monkeypatch.setattr("sys.stdin", SimpleNamespace(buffer=io.BytesIO(text.encode())))
    _, shown = run("-", form="json")

    files = json.loads(shown)["files"]
    assert ["-", "-"] == [file["path"] for file in files]
    first, second = (file["findings"][0]["line"] for file in files)
    assert len(CONFIG_MAP.splitlines()) + 1 == second - first


def test_several_plain_configs_in_a_file_are_warned_of(tmp_path: Path) -> None:
    """Each of two configs is judged, and the stack would read neither."""
    _, shown = run(write(tmp_path, f"{CONFIG}---\n{CONFIG}"), form="json")

    found = [finding["id"] for finding in _findings(shown)]
    assert 2 == found.count("moved-key")
    assert "several-documents" in found


def test_a_directory_is_searched(tmp_path: Path) -> None:
    """Only configs of a directory are shown, as a table; other YAML is counted."""
    write(tmp_path, CONFIG)
    write(tmp_path, "name: x\n", "other.yml")
    write(tmp_path, "{{ .Values.x }}\n", "template.yaml")
    write(tmp_path, CONFIG + "\t- broken\n", "broken.yaml")
    write(tmp_path, CONFIG.replace("mine", "caf\xe9").encode("latin-1"), "old.yaml")
    _, shown = run(str(tmp_path))

    assert "broken.yaml" in shown
    assert "run.yaml" in shown
    assert "3 files; no config in 2 others" in shown
    assert all(len(line) <= 80 for line in shown.splitlines())


def test_a_duplicate_key_is_shown(tmp_path: Path) -> None:
    """Of two keys of one name, the first is reported: the stack takes the last."""
    _, shown = run(write(tmp_path, CONFIG + "version: 3\n"), form="json")

    (found,) = [each for each in _findings(shown) if each["id"] == "duplicate-key"]
    assert 2 == found["line"]


def test_merge_keys_and_anchors_are_resolved(tmp_path: Path) -> None:
    """A finding in what an anchor brought is at the anchor."""
    text = CONFIG.replace("config: {", "config: &c {") + "x:\n  <<: *c\n  y: 1\n"
    found = reading.read([write(tmp_path, text)])

    assert "y12" == found.configs[0].data["x"]["headers"]["x"]
    assert 1 == found.configs[0].data["x"]["y"]


@pytest.mark.parametrize("merge", ["<<: [*a, *b]", "<<: *b\n  <<: *a", "<<: []\n  port: 1"])
def test_merges_are_those_of_the_stack_s_reader(tmp_path: Path, merge: str) -> None:
    """Of several `<<` the last one counts, and the first one in a list of them."""
    text = f"a: &a {{port: 1}}\nb: &b {{port: 2}}\napis: [inference]\nserver:\n  {merge}\n"
    (config,) = reading.read([write(tmp_path, text)]).configs

    assert config.data == yaml.safe_load(text)


@pytest.mark.parametrize(
    ("text", "place"),
    [
        (CONFIG.replace("image_name:", "image_name:\t"), (3, 12)),
        (CONFIG.replace('"shop"', '"shop"\t# mine'), (3, 19)),
        (CONFIG_MAP.replace("version: 2", "version: 2\t"), (10, 15)),
        (CONFIG_MAP.replace("name: llama}", "name: llama}\t"), None),
        (CONFIG.replace("# mine", "# mine\tand yours"), None),
    ],
    ids=["before", "after", "in a manifest", "of a manifest", "comment"],
)
def test_a_tab_is_refused_where_the_stack_s_reader_refuses_it(
    tmp_path: Path, text: str, place: tuple[int, int] | None
) -> None:
    """It takes no tab after a value; what reads a manifest does."""
    _, shown = run(write(tmp_path, text), form="json")
    found = [one for file in json.loads(shown)["files"] for one in file["findings"]]
    tabs = [(one["line"], one["column"]) for one in found if one["id"] == "not-yaml"]

    assert tabs == ([] if place is None else [place])


def test_a_variable_in_braces_is_named_as_what_ends_them(tmp_path: Path) -> None:
    """`{api_key: ${env.KEY}}` is what a person writes who does not know better."""
    _, shown = run(write(tmp_path, "apis: []\nserver: {port: ${env.PORT:=8321}}\n"))

    assert "a variable between { } or [ ] without quotes around it" in shown


def test_a_template_in_quotes_is_remarked(tmp_path: Path) -> None:
    """A config that parses although a template is not rendered is judged and says so."""
    text = CONFIG.replace('"shop"', '"{{ .Values.name }}"')
    _, shown = run(write(tmp_path, text), form="json")

    found = {each["id"]: each["line"] for each in _findings(shown)}
    assert 3 == found["unrendered-template"]
    assert "moved-key" in found


def test_reading_writes_nothing(tmp_path: Path) -> None:
    """A diagnosis leaves every file as it was."""
    config = write(tmp_path, CONFIG)
    run(config)

    assert CONFIG == (tmp_path / "run.yaml").read_text()
    assert ["run.yaml"] == [file.name for file in tmp_path.iterdir()]


WORDS = st.sampled_from(
    [
        *("providers", "apis:", "- ", ": ", "\n", "  ", "{", "}", "[", "]", "|", ">", "&a", "*a"),
        *("<<: ", "'", '"', "kind: ", "data", "services: ", "env: ", "---\n", "...", "? ", "!!map"),
        *("%YAML 1.1\n", "provider_type", "inference", "{{ .Values.x }}", "\t", "\r\n", "#", "~"),
        *("0x1", "é", "\x00", "items: ", "configMapGenerator: ", "files: ", "volumes: "),
    ]
)


@given(st.lists(WORDS).map("".join).map(str.encode) | st.binary())
def test_no_bytes_are_a_traceback(raw: bytes) -> None:
    """Whatever a file holds, it is read or refused, and what is found is in its lines."""
    found = sources.source("x", raw)
    for document in found.documents:
        for config in forms.configs(document, named=True):
            line, column = config.place(config.root.start)
            assert line >= 1
            assert column >= 1
    lines = len(sources.lines_of(raw.decode(errors="replace")))
    assert all(1 <= each.line <= lines + 1 for each in found.problems)


@pytest.mark.parametrize(("env", "alone"), [("[{name: A_MODEL, value: m}]", True), ("[]", False)])
def test_a_resource_that_gives_variables_alone_is_told_so(
    tmp_path: Path, env: str, *, alone: bool
) -> None:
    """The config of a custom resource may be another file's."""
    text = f"kind: OGXServer\nspec:\n  server:\n    containerSpec:\n      env: {env}\n"
    file = write(tmp_path, text)
    shown: list[str] = []
    request = options.Request(paths=[file], form="github")
    try:
        session.run(request, shown.append)
    except options.UsageError as error:
        shown.append(str(error))

    assert alone == shown[-1].endswith("only variables for one: name the config as well")
    assert "no config in" in shown[-1]


@pytest.mark.parametrize(("name", "template"), [("A_MODEL", True), ("ANOTHER", False)])
def test_a_template_of_openshift_is_to_be_processed_first(
    tmp_path: Path, name: str, *, template: bool
) -> None:
    """Its parameters are no variables of a shell; without one left in it, it is read."""
    inner = textwrap.indent(CONFIG.rstrip() + "\nimage_name: ${A_MODEL}\n", "      ")
    text = (
        "kind: Template\nobjects:\n- kind: ConfigMap\n  data:\n    run.yaml: |\n"
        f"{inner}parameters:\n- name: {name}\n"
    )
    shown: list[str] = []
    session.run(options.Request(paths=[write(tmp_path, text)], form="text"), shown.append)

    assert template == ("oc process -f FILE | llama-conformance" in " ".join(shown[0].split()))
    assert template != ("variable-form" in shown[0])
