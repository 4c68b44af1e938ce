"""What the judge and the JSON Schema refuse of configs is what the reference release refuses.

The other releases are asked by `python -m tests.support.compare_models RELEASE 10000`.
"""

from __future__ import annotations

import pytest

from tests.support.compare_models import agree, names
from tests.support.examples import given, settings
from tests.support.examples import strategies as st

FEW, MANY = 400, 10_000


@settings(max_examples=FEW)
@given(name=st.sampled_from(names()), seed=st.integers(0, 2**32))
def test_models_refuse_what_the_judge_refuses(name: str, seed: int) -> None:
    """A release's model refuses a config if and only if judge and JSON Schema do."""
    agree(name, seed)


@pytest.mark.thorough
@settings(max_examples=MANY)
@given(name=st.sampled_from(names()), seed=st.integers(0, 2**32))
def test_models_refuse_what_the_judge_refuses_of_many(name: str, seed: int) -> None:
    """So they do of 10,000."""
    agree(name, seed)
