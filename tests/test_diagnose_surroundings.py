"""What stands around a config is read with it: its variables, and files that lead to it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from conformance.diagnose.files import surroundings
from tests.support.diagnosing import CONFIG, run, write

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("compose.yaml", "services: {x: {volumes: ['./run.yaml:/app/run.yaml:ro']}}\n"),
        ("compose.yaml", "services: {x: {}}\nconfigs: {c: {file: run.yaml}}\n"),
        ("kustomization.yaml", "configMapGenerator:\n- files: [config.yaml=run.yaml]\n"),
    ],
    ids=["mounted", "config", "generated"],
)
def test_files_that_lead_to_a_config_are_followed(tmp_path: Path, name: str, text: str) -> None:
    """A compose file or Kustomize generator leads to the config it uses."""
    config = write(tmp_path, CONFIG)
    _, shown = run(write(tmp_path, text, name), form="json")

    assert [config] == [file["path"] for file in json.loads(shown)["files"]]


@pytest.mark.parametrize(
    "text",
    [
        "services: {x: {volumes: ['@.yaml:/run.yaml']}}\n",
        "services: {x: {env_file: '@'}}\n",
        "configMapGenerator: [{files: ['@.yaml']}]\n",
    ],
)
def test_a_file_whose_name_is_too_long_is_not_there(tmp_path: Path, text: str) -> None:
    """No file system has such a name, so nothing is followed, and nothing breaks."""
    status, shown = run(write(tmp_path, text.replace("@", "x" * 5000)))

    assert 2 == status
    assert "[no-config]" in shown


UNSET = "version: 2\nimage_name: ${env.NAME}\napis: [inference]\n"
BESIDE = {
    "compose map": "services: {x: {environment: {NAME: shop}}}\n",
    "compose list": "services: {x: {environment: ['NAME=shop']}}\n",
    "compose file": "services: {x: {env_file: some.env}}\n",
    "container": "kind: Pod\nspec: {containers: [{env: [{name: NAME, value: shop}]}]}\n",
    "secret": "kind: Secret\nstringData: {NAME: shop}\n",
}


@pytest.mark.parametrize("name", BESIDE)
def test_variables_beside_a_config_count_as_set(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, name: str
) -> None:
    """A variable that a compose file or a manifest sets is not reported as unset."""
    monkeypatch.delenv("NAME", raising=False)
    config = write(tmp_path, UNSET)
    write(tmp_path, "NAME=shop\n", "some.env")
    beside = write(tmp_path, BESIDE[name], "beside.yaml")

    assert "unset-variable" in run(config)[1]
    assert "unset-variable" not in run(config, beside)[1]


@pytest.mark.parametrize("name", BESIDE)
def test_a_directory_gives_the_variables_in_it(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, name: str
) -> None:
    """They count for a config beside or below their file, and for none elsewhere."""
    monkeypatch.delenv("NAME", raising=False)
    (tmp_path / "deploy" / "stack").mkdir(parents=True)
    (tmp_path / "other").mkdir()
    config = write(tmp_path / "deploy" / "stack", UNSET)
    for place in ("other", "deploy"):
        assert "unset-variable" in run(str(tmp_path), form="json")[1]
        write(tmp_path / place, BESIDE[name], "beside.yaml")
        write(tmp_path / place, "NAME=shop\n", "some.env")

    assert "unset-variable" not in run(str(tmp_path), form="json")[1]
    assert "unset-variable" in run(config)[1]


def test_each_config_of_a_directory_has_the_variables_beside_it(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """A compose file sets nothing for the config of another deployment."""
    monkeypatch.delenv("NAME", raising=False)
    files = []
    for place in ("with", "without", "with/nearer"):
        (tmp_path / place).mkdir()
        files.append(write(tmp_path / place, UNSET))
    write(tmp_path / "with", BESIDE["compose map"], "compose.yaml")
    found = json.loads(run(str(tmp_path), form="json")[1])["files"]
    unset = {
        each["path"]
        for each in found
        if any(one["id"] == "unset-variable" for one in each["findings"])
    }

    assert unset == {str(tmp_path / "without" / "run.yaml")}


def test_compose_has_the_variables_beside_its_file(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """They stand in `.env`, and the environment comes before them."""
    monkeypatch.delenv("A_NAME", raising=False)
    monkeypatch.setenv("ANOTHER_NAME", "outside")
    write(tmp_path, "A_NAME=beside\nANOTHER_NAME=beside\n", ".env")
    listed = {"services": {"x": {"environment": ["A_NAME", "ANOTHER_NAME"]}}}
    mapped = {"services": {"x": {"environment": {"NAME": "${A_NAME}-${ANOTHER_NAME}"}}}}

    found = surroundings.variables(listed, tmp_path)
    assert found == {"A_NAME": "beside", "ANOTHER_NAME": "outside"}
    assert surroundings.variables(mapped, tmp_path) == {"NAME": "beside-outside"}


def test_an_env_file_sets_variables(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """`--env-file` gives the variables of the config."""
    monkeypatch.delenv("NAME", raising=False)
    write(tmp_path, "export NAME='shop'\n", "some.env")

    assert "unset" not in run(write(tmp_path, UNSET), env_file=tmp_path / "some.env")[1]
