"""Whatever is typed is refused in a line a problem, or runs to the end; never a traceback.

PROEFTUIN_FUZZ=2000 makes so many cases of each kind, PROEFTUIN_FUZZ_RUNS=100 so many runs.
"""

import shlex
from contextlib import redirect_stderr, redirect_stdout
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proeftuin.commandline import main as cli
from proeftuin.commandline.listing import preview
from proeftuin.errors import ProeftuinError, SettingsError
from proeftuin.report.page import write_reports
from proeftuin.settings.compose import settings_from
from proeftuin.study.record import RunRecord
from proeftuin.study.run import run_study
from tests.fixtures.fuzzing import FOREIGN, LINES, changed, config, effort, mutated

WORDS = [tuple(shlex.split(line)) for line in LINES]
TINY = (
    "world=hamlet",
    "world.population.persons=600",
    "world.days=60",
    "evaluation.warm_up_days=5",
    "evaluation.train_days=28",
    "evaluation.label_wait_days=3",
    "evaluation.validation_days=7",
    "repetitions=1",
    "jobs=1",
    "detector.rounds=2",
    "scenario.forms.bank_helpdesk.orientation.enrichment=200",
)
#: Lines of which extremes are run; those of studies and other scenarios take too long.
RUN = [
    (*words, *TINY)
    for words in WORDS
    if not any(word.startswith(("study=", "scenario=", "world=")) for word in words)
    and "detector=boosted_trees" not in words
]


def in_our_words(problems: list[str]) -> None:
    for problem in problems:
        assert problem
        assert "\n" not in problem
        assert not FOREIGN.search(problem), problem


@given(st.sampled_from(WORDS).flatmap(changed))
@effort(40)
def test_any_settings_are_refused_in_our_words_or_are_fine(plain: dict[str, Any]) -> None:
    try:
        settings = settings_from(config(plain))
        assert preview(settings, []).endswith("Nothing was run.")
    except SettingsError as error:
        in_our_words(error.problems or [""])


@given(st.sampled_from(WORDS).flatmap(mutated))
@effort(4)
def test_any_line_is_refused_in_our_words_or_is_fine(words: list[str]) -> None:
    with redirect_stdout(StringIO()), redirect_stderr(StringIO()) as said:
        code = cli.main(["check", *words])
    assert code in (0, 2)
    if code == 2:
        in_our_words(said.getvalue().splitlines() or [""])
    assert all(line.isprintable() for line in said.getvalue().splitlines())


@pytest.mark.slow
@given(st.sampled_from(RUN).flatmap(lambda words: changed(words, extremes=True)))
@effort(2, "PROEFTUIN_FUZZ_RUNS")
def test_extremes_that_are_accepted_run_to_the_end(
    tmp_path_factory: pytest.TempPathFactory, plain: dict[str, Any]
) -> None:
    plain["output_dir"] = str(tmp_path_factory.mktemp("extreme"))
    try:
        settings = settings_from(config(plain))
    except ProeftuinError as error:
        in_our_words(str(error).splitlines())
        return
    folder = run_study(settings, RunRecord.of(settings, overrides=(), command="proeftuin run"))
    assert all(isinstance(page, Path) and page.exists() for page in write_reports(folder))
