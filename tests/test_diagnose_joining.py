"""A list that is joined with another one takes its comments along, each beside its item."""

from __future__ import annotations

import re

import pytest
import yaml

from conformance.core import releases
from conformance.diagnose.asked import Asked
from conformance.diagnose.repair import repairs, splicing
from conformance.judge import judging
from conformance.judge.finding import Edit, Operation
from tests.support.examples import given, settings
from tests.support.examples import strategies as st

KINDS = ("models", "shields", "tool_groups")
CASES = {
    "everywhere": (
        """\
# above
models:  # beside the key
# before a
- id: a  # beside a
  # in a
  of: p

# before b
- id: b
  # below b
#- id: c
#  of: p
# of what follows
x: 1
resources:
  # there
  models:
  - id: z  # beside z
  # - y
  # of what follows there
  x: 1
""",
        """\
# above
# of what follows
x: 1
resources:
  # there
  models:
  - id: z  # beside z
  # - y
  # beside the key
  # before a
  - id: a  # beside a
    # in a
    of: p
  # before b
  - id: b
    # below b
  #- id: c
  #  of: p
  # of what follows there
  x: 1
""",
    ),
    "into an empty one": (
        "resources:\n  models: []  # none\nmodels:\n  # before\n  - a # beside\n  # end\n# top\n",
        "resources:\n  models:  # none\n    # before\n    - a # beside\n    # end\n# top\n",
    ),
    "known there": (
        "resources:\n  models:\n  - a\nmodels:\n# before\n- a # beside\n- b\n",
        "resources:\n  models:\n  - a\n  # before\n  # beside\n  - b\n",
    ),
    "mappings": (
        """\
resources:
  models:
    x: {a: 1}
    y:
      a: 1
models:
  # of y
  y:
    # of b
    b: 1
  # of z
  z: 1
""",
        """\
resources:
  models:
    x: {a: 1}
    y:
      a: 1
      # of y
      # of b
      b: 1
    # of z
    z: 1
""",
    ),
    "between brackets": (
        "resources: {models: [a]}\nmodels:\n# before\n- b # beside\n",
        "resources: {models: [a, b]}\n# before\n# beside\n",
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_comments_go_with_their_items(name: str) -> None:
    """Between brackets there is no place for them: they stay where they were."""
    text, wanted = CASES[name]

    assert wanted == splicing.spliced(
        text, [Edit(Operation.MOVE, ("models",), ("resources", "models"))]
    )


def test_comments_hang_below_a_list_that_moves_alone() -> None:
    """An item that is commented out at the end goes with the others."""
    text = "models:\n- a\n# - b\n# top\nresources:\n  shields:\n  - c\n    # below c\n"

    assert splicing.spliced(text, [Edit(Operation.MOVE, ("models",), ("resources", "models"))]) == (
        "# top\nresources:\n  shields:\n  - c\n    # below c\n  models:\n  - a\n  # - b\n"
    )


@st.composite
def lists(draw: st.DrawFn, kind: str, column: int, first: int) -> str:
    """Draw a list with comments wherever people put them, each with a number of its own."""
    deeper = column + 2 * draw(st.booleans())
    number = iter(range(first, first + 1000))

    def comment(where: str, blanks: int) -> str:
        return f"{' ' * blanks}# {where} {next(number)}\n" if draw(st.booleans()) else ""

    lines = [f"{' ' * column}{kind}:{comment('key', 2) or chr(10)}"]
    for name in draw(st.lists(st.sampled_from("abcdef"), min_size=1, max_size=4, unique=True)):
        lines += [
            comment("before", deeper),
            f"{' ' * deeper}- id: {name}{comment('beside', 2) or chr(10)}",
            comment("inside", deeper + 2),
            f"{' ' * deeper}  of: p\n",
            comment("below", deeper + 2),
            draw(st.sampled_from(["", "\n"])),
        ]
    lines += [comment("- gone", deeper)]
    return "".join(lines)


@st.composite
def texts(draw: st.DrawFn) -> str:
    """Draw a config with lists at the old place and, of some of them, at the new one."""
    old = [draw(lists(kind, 0, 1000 * number)) for number, kind in enumerate(KINDS)]
    new = [
        draw(lists(kind, 2, 10_000 + 1000 * number))
        for number, kind in enumerate(KINDS)
        if draw(st.booleans()) or kind == KINDS[0]
    ]
    there = "registered_resources:\n" + "".join(new)
    return "".join([there, *old] if draw(st.booleans()) else [*old, there])


COMMENT = re.compile(r"# [a-z -]+ \d+")
TOKEN = re.compile(rf"{COMMENT.pattern}|id: \w")


def tokens(text: str, kind: str, column: int) -> list[str]:
    """Return the comments and items of a list, in order; none if it is not there."""
    blanks = " " * column
    found = re.search(rf"^{blanks}{kind}:(.*\n(?:(?!{blanks}\w|\w).*\n)*)", text, re.MULTILINE)
    return TOKEN.findall(found[1]) if found else []


@settings(max_examples=60)
@given(texts())
def test_every_comment_is_there_once_beside_its_item(text: str) -> None:
    """Whatever the layout, the comments of a list stay in order, and between the same items."""
    moves = [Edit(Operation.MOVE, (kind,), ("registered_resources", kind)) for kind in KINDS]
    after = splicing.spliced(text, moves)

    assert sorted(COMMENT.findall(text)) == sorted(COMMENT.findall(after))
    for kind in KINDS:
        there = tokens(text, kind, 2)
        come = [token for token in tokens(text, kind, 0) if token[0] == "#" or token not in there]
        assert [*there, *come] == tokens(after, kind, 2)


RUN = """\
version: 2
distro_name: a
apis: [inference]
providers:
  inference:
  - {provider_id: v, provider_type: remote::vllm, config: {base_url: "http://h/v1"}}
models:
# the large one
- model_id: b  # beside b
  provider_id: v
registered_resources:
  models:
  - model_id: a
    provider_id: v
"""


def test_a_half_done_migration_is_finished() -> None:
    """What people have left at the old place is read, with what they have said of it."""
    release = releases.find("0.5.1")
    done = repairs.repaired("run.yaml", RUN, Asked(judging, {}, release))

    assert done.after.endswith(
        "    provider_id: v\n  # the large one\n  - model_id: b  # beside b\n    provider_id: v\n"
    )
    models = yaml.safe_load(done.after)["registered_resources"]["models"]
    assert [each["model_id"] for each in models] == ["a", "b"]
