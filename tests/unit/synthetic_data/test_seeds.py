import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from synthetic_data.seeds import Seeds

names = st.text(min_size=1, max_size=8)


@given(st.integers(0, 2**40), st.lists(names, min_size=1, max_size=3))
def test_a_stream_is_found_again_by_its_name(root: int, axes: list[str]) -> None:
    seeds = Seeds(root)
    assert seeds.rng(*axes).random() == Seeds(root).rng(*axes).random()
    assert seeds.child(axes[0]).rng(*axes[1:]).random() == seeds.rng(*axes).random()


def test_streams_with_other_names_are_independent() -> None:
    seeds = Seeds(3)
    draws = np.array([seeds.rng("stream", index).normal(size=400) for index in range(20)])
    correlation = np.corrcoef(draws)[np.triu_indices(20, 1)]
    assert abs(correlation).max() < 0.25
