"""A path on the command line is the folder of that name, whatever signs it has."""

from pathlib import Path

import pytest
from hydra.core.override_parser.overrides_parser import OverridesParser
from hypothesis import given
from hypothesis import strategies as st

from proeftuin.commandline.main import main
from proeftuin.commandline.paths import as_meant
from proeftuin.errors import SettingsError
from proeftuin.settings.compose import settings_for

ODD = ["two words", "mañana é", "it's", 'say "a"', "a,b", "a=b", "q?m#h", "per%20cent", "(b)[c]{d}",
       "back\\", 'back\\"', "do$lar", "~tilde", "tab\tbed", " edges "]  # fmt: skip


@pytest.mark.parametrize("name", ODD)
def test_a_study_goes_to_the_folder_that_was_typed(name: str, tmp_path: Path) -> None:
    typed = f"output_dir={tmp_path / name}"
    assert settings_for([as_meant(typed)]).output_dir == str(tmp_path / name)


@given(path=st.text(st.characters(codec="utf-8", exclude_characters="\0$"), min_size=1))
def test_hydra_reads_any_path_as_it_was_typed(path: str) -> None:
    [override] = OverridesParser.create().parse_overrides([as_meant(f"output_dir=/{path}")])
    assert str(override.value()) == f"/{path}"


def test_the_home_is_written_out_where_the_shell_does_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    assert as_meant("output_dir=~/x") == f"output_dir={tmp_path}/x"
    assert as_meant("--config-dir=~/x") == f"--config-dir={tmp_path}/x"
    assert as_meant("~/mapping.yaml") == f"{tmp_path}/mapping.yaml"
    for other in ("~regime@tune.regimes.federated_labels", "~arms.silo", "seed=3", "~root/x"):
        assert as_meant(other) == other


def test_a_home_that_nobody_wrote_out_makes_no_folder_of_that_name() -> None:
    with pytest.raises(SettingsError, match="only a shell knows what ~ is"):
        settings_for(['output_dir="~/x"'])


def test_no_path_is_too_odd_to_be_told_about(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Every verb that takes a path says in one line that nothing is there."""
    for name in ("mañana é", 'say "a"', "two\nlines", "x" * 5000, "\udcff"):
        place = str(tmp_path / name)
        for words in (
            ["report", place],
            ["ledger", place],
            ["compare", place, place],
            ["import", place, "--to", str(tmp_path / "to")],
            ["check", f"--config-dir={place}"],
            ["check", "world=stored", f"world.folder={place}", "repetitions=1"],
        ):
            assert main(words) in (2, 4, 6), words
            told = capsys.readouterr()
            assert told.out == ""
            assert len(told.err.splitlines()) == 1, words


def test_a_text_that_no_page_can_hold_is_refused_before_any_work() -> None:
    """The report, made after all work, could not show it."""
    for sign in ("\x1b[31m", "\x00", "\u202e", "\udcff"):
        with pytest.raises(SettingsError, match="has a sign that cannot be shown"):
            settings_for(["study=demo", f'study.about="a {sign} b"'])
