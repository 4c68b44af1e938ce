"""Single steps of a repair leave exactly the text they mean, or are refused."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path as File
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from conformance.core import releases
from conformance.diagnose.asked import Asked
from conformance.diagnose.repair import repairs, splicing
from conformance.diagnose.repair.edits import CannotApplyError
from conformance.judge.finding import Edit, Operation
from tests.support import fake_judge
from tests.support.examples import given
from tests.support.examples import strategies as st

if TYPE_CHECKING:
    from collections.abc import Iterator

    from conformance.judge.finding import Path

REMOVE, SET, MOVE = Operation.REMOVE, Operation.SET, Operation.MOVE


CASES = {
    "only item": (
        "a:\n- b   # x\nc: 1\n",
        [Edit(REMOVE, ("a", 0), comment="b")],
        "# b\n# x\na: []\nc: 1\n",
    ),
    "only key": ("a:\n  b: 1\nc: 1\n", [Edit(REMOVE, ("a", "b"))], "a: {}\nc: 1\n"),
    "whole root": ("a: 1\n", [Edit(REMOVE, ("a",), comment="a")], "# a\n{}\n"),
    "first of item": ("- a: 1\n  # b\n  b: 2\n", [Edit(REMOVE, (0, "a"))], "  # b\n- b: 2\n"),
    "last of flow": ("x: {a: 1, b: 2}\n", [Edit(REMOVE, ("x", "b"))], "x: {a: 1}\n"),
    "first of flow": ("x: [1,  2]\n", [Edit(REMOVE, ("x", 0))], "x: [2]\n"),
    "only of flow": ("x: [1]\n", [Edit(REMOVE, ("x", 0))], "x: []\n"),
    "two items": ("- 1\n- 2\n- 3\n", [Edit(REMOVE, (0,)), Edit(REMOVE, (1,))], "- 3\n"),
    "literal": ("a: |\n  x\n\n  y\n\n# c\nb: 1\n", [Edit(REMOVE, ("a",))], "\n# c\nb: 1\n"),
    "quotes": ("a: 'x'  # y\n", [Edit(SET, ("a",), value="on")], "a: 'on'  # y\n"),
    "plain": ("a: x\n", [Edit(SET, ("a",), value="on")], "a: 'on'\n"),
    "null": ("a:\nb: 1\n", [Edit(SET, ("a",), value=[1])], "a: [1]\nb: 1\n"),
    "new": (
        "a:\n  b: 1\n# c\n",
        [Edit(SET, ("a", "x", "y"), value=2)],
        "a:\n  b: 1\n  x:\n    y: 2\n# c\n",
    ),
    "new in flow": ("a: {}\n", [Edit(SET, ("a", "x"), value="y")], "a: {x: y}\n"),
    "new in null": ("a:\n", [Edit(SET, ("a", "x"), value="y")], "a: {x: y}\n"),
    "same": ("a:   1\n", [Edit(SET, ("a",), value=1)], "a:   1\n"),
    "rename": ("'a' : 1 # x\n", [Edit(MOVE, ("a",), ("b",))], "'b' : 1 # x\n"),
    "rename in flow": ('x: {"a":1}\n', [Edit(MOVE, ("x", "a"), ("x", "b"))], 'x: {"b":1}\n'),
    "out of flow": ("x: {a: 'q', b: 2}\n", [Edit(MOVE, ("x", "a"), ("y",))], "x: {b: 2}\ny: 'q'\n"),
    "into flow": ("a:\n- 1\nx: {}\n", [Edit(MOVE, ("a",), ("x", "b"))], "x: {b: [1]}\n"),
    "joined": (
        "a:\n- 1\nx:\n  a:\n  - 2\n",
        [Edit(MOVE, ("a",), ("x", "a"))],
        "x:\n  a:\n  - 2\n  - 1\n",
    ),
    "deep": (
        "a:\n    - b: |\n        x\n      c: 1\n",
        [Edit(MOVE, ("a",), ("m", "n"))],
        "m:\n  n:\n      - b: |\n          x\n        c: 1\n",
    ),
    "missing": ("a: 1\n", [Edit(REMOVE, ("b",)), Edit(MOVE, ("c",), ("d",))], "a: 1\n"),
    "anchor": ("a: &x {b: 1}\nc: *x\n", [Edit(REMOVE, ("c",))], "a: &x {b: 1}\n"),
    "no end": ("a: 1\nb: 2", [Edit(REMOVE, ("a",)), Edit(SET, ("c",), value=1)], "b: 2\nc: 1"),
}


@pytest.mark.parametrize("name", CASES)
def test_edits(name: str) -> None:
    """Each kind of step leaves exactly this text."""
    text, edits, wanted = CASES[name]

    assert wanted == splicing.spliced(text, edits)


REFUSED = {
    "used anchor": ("a: &x {b: 1}\nc: *x\n", [Edit(REMOVE, ("a",))]),
    "merged": ("a: &x {b: 1}\nc:\n  <<: *x\n", [Edit(REMOVE, ("c", "b"))]),
    "taken": ("a: 1\nb: 2\n", [Edit(MOVE, ("a",), ("b",))]),
    "below a scalar": ("a: 1\n", [Edit(SET, ("a", "b"), value=1)]),
    "not YAML": ("a: [\n", [Edit(REMOVE, ("a",))]),
    "nothing": ("", [Edit(SET, ("a",), value=1)]),
}


@pytest.mark.parametrize("name", REFUSED)
def test_edits_that_cannot_be_made_are_refused(name: str) -> None:
    """A step that would change more than it means, or nothing, is not done."""
    text, edits = REFUSED[name]

    with pytest.raises(CannotApplyError):
        splicing.spliced(text, edits)


KEYS = st.sampled_from(["a", "b", "url", "on", "1", "x y", "é", "models"])
SCALARS = st.sampled_from(
    [None, True, 1, 2.5, "x", "on", "two words", "a: b", "# no", "", "y\nz\n"]
)
DATA = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=3),
    max_leaves=12,
)
CONFIGS = st.dictionaries(KEYS, DATA, min_size=1, max_size=4)
PATHS = st.lists(KEYS | st.integers(0, 2), min_size=1, max_size=3).map(tuple)
EDITS = st.builds(
    Edit,
    st.sampled_from(Operation),
    PATHS,
    to=PATHS,
    value=DATA,
    comment=st.sampled_from(["", "c"]),
)


@st.composite
def texts(draw: st.DrawFn) -> str:
    """Draw the text of a config, in one of the layouts people write."""
    style = draw(st.sampled_from([True, False, None]))
    text: str = yaml.safe_dump(
        draw(CONFIGS), default_flow_style=style, sort_keys=False, allow_unicode=True
    )
    if draw(st.booleans()) and "\n\n" not in text and "|" not in text:
        text = text.replace("\n", "   # why\n") if style is False and '"' not in text else text
    return draw(st.sampled_from(["", "# head\n", "---\n"])) + text


@given(texts(), st.lists(EDITS, min_size=1, max_size=3))
def test_any_edit_is_made_as_meant_or_refused(text: str, edits: list[Edit]) -> None:
    """Whatever the steps, the text means what they say, or nothing is changed."""
    try:
        new = splicing.spliced(text, edits)
    except CannotApplyError:
        return
    assert yaml.safe_load(new) == splicing._wanted(text, edits)
    assert text.startswith("# head") <= new.startswith(("# head", "# c"))


ASKED = Asked(fake_judge, {}, releases.reference())


@st.composite
def stack_configs(draw: st.DrawFn) -> str:
    """Draw a config with faults that the four rules see, and anything else beside."""
    provider = st.fixed_dictionaries(
        {"provider_id": KEYS, "provider_type": KEYS},
        optional={"config": st.dictionaries(KEYS, DATA, max_size=3)},
    )
    config = draw(
        st.fixed_dictionaries(
            {"apis": st.lists(st.sampled_from(["inference", "telemetry"]), max_size=3)},
            optional={
                "models": DATA,
                "providers": st.fixed_dictionaries({"inference": st.lists(provider, max_size=3)}),
                "registered_resources": DATA,
                "storage": DATA,
            },
        )
    )
    flow = draw(st.sampled_from([True, False, None]))
    return yaml.safe_dump(config, default_flow_style=flow, sort_keys=False, allow_unicode=True)


@given(stack_configs())
def test_a_repair_is_idempotent(text: str) -> None:
    """A second repair changes nothing; what was repaired is no finding any more."""
    first = repairs.repaired("run.yaml", text, ASKED)
    second = repairs.repaired("run.yaml", first.after, ASKED)

    assert first.after == second.after
    left = [finding for finding in ASKED.findings(yaml.safe_load(first.after)) if finding.edits]
    assert len(left) <= len(first.left)


def paths(data: Any, before: Path = ()) -> Iterator[Path]:
    """Yield the path of every value in a config."""
    children = data.items() if isinstance(data, dict) else enumerate(data)
    for step, child in children if isinstance(data, dict | list) else ():
        yield (*before, step)
        if isinstance(child, dict | list):
            yield from paths(child, (*before, step))


def test_every_entry_of_a_real_config_can_be_repaired() -> None:
    """In a distribution as shipped, entries can be removed, set, renamed and moved."""
    (package,) = find_spec("llama_stack").submodule_search_locations  # type: ignore[union-attr, misc]
    file = max(File(package, "distributions", "starter").glob("*.yaml"), key=lambda f: f.name)
    text = file.read_text(encoding="utf-8")
    for path in list(paths(yaml.safe_load(text)))[::4]:  # enough to see every kind of entry
        edits = [Edit(REMOVE, path, comment="gone"), Edit(SET, path, value="new")]
        if isinstance(path[-1], str):
            moves = ((*path[:-1], "renamed"), ("else", "where"))
            edits += [Edit(MOVE, path, to) for to in moves]
        for edit in edits:
            assert text != splicing.spliced(text, [edit])


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("apis:  # all\n- a  # one\n- b  # two\nc: 1\n",
         "apis:  # all\n- a  # one\n- b  # two\n- new\nc: 1\n"),
        ("apis:\n  - a\n  # last\n", "apis:\n  - a\n  - new\n  # last\n"),
        ("apis: [a, b]  # all\n", "apis: [a, b, new]  # all\n"),
        ("apis: []\n", "apis: [new]\n"),
    ],
)  # fmt: skip
def test_an_item_goes_behind_the_others(before: str, after: str) -> None:
    """A list keeps its layout and its comments."""
    behind = len(yaml.safe_load(before)["apis"])
    edit = Edit(Operation.SET, ("apis", behind), value="new")

    assert after == splicing.spliced(before, [edit])


def test_a_list_that_is_replaced_keeps_the_comment_of_its_key() -> None:
    """Only what is said anew is written anew."""
    edit = Edit(Operation.SET, ("apis",), value=["b", "c"])

    assert splicing.spliced("apis:  # all\n- a\n", [edit]) == "apis:  # all\n- b\n- c\n"


def test_a_place_that_does_not_fit_is_named_as_people_write_it() -> None:
    """A reason names no Python tuple."""
    edit = Edit(SET, ("storage", "backends", "a"), value=1)
    with pytest.raises(CannotApplyError, match=r"^`storage.backends` is neither a mapping nor"):
        splicing.spliced("storage: {backends: 7}\n", [edit])
