"""Settings as they are typed: a line that advises how to write one works when it is pasted."""

import shlex

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from proeftuin.errors import SettingsError
from proeftuin.settings.compose import settings_for
from proeftuin.settings.overrides import jobs_of, sound_words, typed

ODD = ["mañana", "/tmp/x_é", "a=b", "a,b", "it's", 'say "so"', "a#b", "(x)", "q?mark", "50%", "a b"]
ODD += ["\\", "a\\'b", '"', "'\"", "{x}", "[x", "naïve, 'quoted' \"twice\"", "true", "12", "null"]


def written(advised: str) -> list[str]:
    """Return what the words mean that a shell makes of a piece of advice."""
    [word] = shlex.split(advised)
    assert sound_words([word]) == ([word], []), word
    return [word]


@pytest.mark.parametrize("path", ODD)
def test_a_path_is_used_as_it_was_meant_when_the_advised_line_is_pasted(path: str) -> None:
    sound, problems = sound_words([f"output_dir={path}"])
    advised = problems[0].partition("write ")[2].partition("; to run")[0] if problems else None
    override = written(advised) if advised else sound
    if advised is None and path in ("true", "12", "null"):
        override = written(typed("output_dir", path))  # read as no text: refused by its type
    assert settings_for(override).output_dir == path


@given(st.text(st.characters(codec="utf-8", exclude_characters="\0\n\r"), min_size=1))
@settings(max_examples=100, derandomize=True, deadline=None)
def test_any_text_can_be_typed(text: str) -> None:
    [word] = written(typed("output_dir", text))
    assert jobs_of(word) == [word]


def test_a_list_is_advised_with_quotes_around_what_needs_them() -> None:
    _, [problem] = sound_words(["regime.coalition=[bank_a,Épargne]"])
    assert written(problem.partition("write ")[2]) == ['regime.coalition=[bank_a,"Épargne"]']


def test_another_in_the_place_of_one_that_is_taken_away_is_not_given_twice() -> None:
    words = ["~world.market.telecom", "+world.market.telecom={operator: 1.0}"]
    assert sound_words(words) == (words, [])


def test_a_launcher_of_jobs_may_be_chosen_for_a_sweep() -> None:
    words = ["hydra/launcher=joblib", "hydra.launcher.n_jobs=4", "seed=1,2"]
    assert sound_words(words, sweep=True) == (words, [])


def test_true_as_a_name_is_refused_and_not_written_as_text() -> None:
    words = ["~world.market.bank", "+world.market.bank={true: 0.5, bank_b: 0.5}"]
    with pytest.raises(SettingsError, match=r"world\.market\.bank: the name true is read as no te"):
        settings_for(words)
