"""What every release says of a config can be repaired, and no config ends in a traceback."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from conformance.core import releases
from conformance.diagnose.files import forms
from conformance.diagnose.repair import repairs

if TYPE_CHECKING:
    from conformance.core.releases import Release
    from conformance.diagnose.repair.repairs import Find

judge: Any = pytest.importorskip("conformance.judge.judging")
CONFIGS = sorted((Path(__file__).parent / "data" / "configs").glob("*.yaml"))
TARGETS = ("0.4.7", "0.5.1", "0.7.1", "ogx==1.5.0")


def finder(release: Release) -> Find:
    """Return what finds the faults of a config on a release, with no variable set."""
    return lambda config: list(judge.findings(config, release, {}))


def test_there_are_configs() -> None:
    """The configs that the other tests repair are there."""
    assert len(CONFIGS) > 10


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize("file", CONFIGS, ids=lambda file: file.stem)
def test_a_migration_leaves_nothing_to_fix(file: Path, target: str) -> None:
    """After a migration no cure is left, no fault was added, and a second run changes nothing."""
    find = finder(releases.find(target))
    text = file.read_text(encoding="utf-8")
    done = repairs.repaired(file.name, text, find)
    again = repairs.repaired(file.name, done.after, find)

    assert [] == done.left
    assert done.after == again.after
    before, after = find(yaml.safe_load(text)), find(yaml.safe_load(done.after))
    assert [] == [finding for finding in after if finding.edits]
    assert len(after) <= len(before)


@pytest.mark.parametrize("file", CONFIGS, ids=lambda file: file.stem)
def test_comments_survive_a_migration(file: Path) -> None:
    """Every comment that does not speak of something removed is still there."""
    find = finder(releases.find("latest"))
    text = "# the first line\n" + file.read_text(encoding="utf-8") + "# the last line\n"
    done = repairs.repaired(file.name, text, find)

    lines = done.after.splitlines()
    assert "# the first line" == lines[0]
    assert "# the last line" == lines[-1]


WORDS = st.sampled_from(
    [
        *("inference", "agents", "telemetry", "safety", "remote::vllm", "remote::openai", "sqlite"),
        *("inline::meta-reference", "~/x.db", "${env.X}", "${env.X:=y}", "${env.X:+y}", "${X}", ""),
        *("http://user:pass@host", "kv_default", "__disabled__", "all"),
    ]
)
SCALARS = WORDS | st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5)
KEYS = st.sampled_from(sorted(forms.KEYS)) | st.sampled_from(
    [
        *("inference", "config", "provider_id", "provider_type", "url", "base_url", "stores"),
        *("backends", "type", "backend", "namespace", "metadata", "model_id", "auth", "kvstore"),
    ]
)
DATA = st.recursive(
    SCALARS,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(KEYS | st.integers() | st.none(), inner, max_size=4)
    ),
    max_leaves=20,
)


@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(st.dictionaries(KEYS, DATA, max_size=6), st.sampled_from(["0.5.1", "ogx==1.5.0"]))
def test_no_config_is_a_traceback(config: dict[str, Any], release: str) -> None:
    """Whatever a config holds, it is judged, and its cures can be applied or are refused."""
    text = yaml.safe_dump(config, sort_keys=False, allow_unicode=True)
    done = repairs.repaired("run.yaml", text, finder(releases.find(release)))

    assert isinstance(yaml.safe_load(done.after), dict)
    assert judge.written_for(config) is not None
