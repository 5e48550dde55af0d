"""A run folder that somebody edited, cut or exchanged is refused in one line by every verb."""

import os
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest
import yaml

from proeftuin.commandline.main import main
from proeftuin.errors import RunFolderError

INCOMPLETE = RunFolderError.exit_code


def _table(path: Path, change: Callable[[pd.DataFrame], pd.DataFrame]) -> None:
    change(pd.read_parquet(path)).to_parquet(path, index=False)


def _cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-20])


def _bomb(path: Path) -> None:
    lines = ["a: &a [x, x, x, x, x, x, x, x, x, x]"]
    lines += [
        f"{b}: &{b} [{', '.join([f'*{a}'] * 10)}]" for a, b in zip("abcdef", "bcdefg", strict=True)
    ]
    path.write_text("\n".join(lines))


def _pipe(path: Path) -> None:
    path.unlink()
    os.mkfifo(path)


def _arms_as_list(path: Path) -> None:
    path.write_text(yaml.safe_dump(yaml.safe_load(path.read_text("utf-8")) | {"arms": [1]}))


def _text(content: str) -> Callable[[Path], object]:
    return lambda path: path.write_text(content)


HARMS: dict[str, tuple[str, Callable[[Path], object]]] = {
    "a list as manifest": ("manifest.json", _text("[]")),
    "a manifest cut short": ("manifest.json", _cut),
    "a manifest of brackets": ("manifest.json", _text("[" * 10**5)),
    "no fingerprint": ("manifest.json", _text("{}")),
    "versions as a word": ("manifest.json", _text('{"fingerprint": "f", "versions": "x"}')),
    "a word as settings": ("config.yaml", _text("hello")),
    "settings of aliases": ("config.yaml", _bomb),
    "settings as a pipe": ("config.yaml", _pipe),
    "arms as a list": ("config.yaml", _arms_as_list),
    "outcomes cut short": ("outcomes.parquet", _cut),
    "no outcomes": ("outcomes.parquet", Path.unlink),
    "outcomes of words": (
        "outcomes.parquet",
        lambda path: _table(path, lambda rows: rows.astype({"value": str})),
    ),
    "comparisons without verdict": (
        "comparisons.parquet",
        lambda path: _table(path, lambda rows: rows.drop(columns="verdict")),
    ),
    "flows as numbers": ("data_flows.json", _text("[1, 2]")),
    "flows without sender": ("data_flows.json", _text('[{"data": "x"}]')),
    "privacy as a word": ("privacy.json", _text('"none"')),
    "assumptions of words": ("assumptions.json", _text('["none"]')),
}


@pytest.mark.parametrize("harm", HARMS)
@pytest.mark.parametrize("verb", ["report", "compare", "ledger"])
def test_a_folder_that_was_changed_is_refused_in_one_line(
    verb: str,
    harm: str,
    write_run: Callable[..., Path],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    folder = write_run(tmp_path / "run", seeds=2)
    name, change = HARMS[harm]
    change(folder / name)
    words = [str(folder)] * (2 if verb == "compare" else 1)
    assert main([verb, *words]) == INCOMPLETE
    told = capsys.readouterr()
    assert told.out == ""
    assert len(told.err.splitlines()) == 1
    assert len(told.err) < 1500
    if verb != "ledger":  # which looks at the ledgers of the arms first
        assert name in told.err
