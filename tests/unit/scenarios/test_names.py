"""A name that is accepted is the same text, and harmless, wherever it is written."""

import re
from pathlib import PurePosixPath, PureWindowsPath

import pytest
import yaml
from hydra.core.override_parser.overrides_parser import OverridesParser
from hypothesis import example, given
from hypothesis import strategies as st

from scenarios import plugins
from scenarios.names import NAME, RESERVED, problem_with


@given(st.from_regex(NAME, fullmatch=True))
@example("null")
@example("e5")
def test_an_accepted_name_is_itself_in_yaml_paths_overrides_and_mlflow(name: str) -> None:
    if problem_with(name) is not None:
        assert name in RESERVED
        return
    assert yaml.safe_load(f"{name}: 1") == {name: 1}
    assert PurePosixPath(name).parts == PureWindowsPath(name).parts == (name,)
    [override] = OverridesParser.create().parse_overrides([f"key={{{name}: {name}}}"])
    assert override.value() == {name: name}
    assert re.fullmatch(r"[\w\-. :/]{1,250}", name)


@pytest.mark.parametrize(
    "name",
    ["", ".", "..", "../up", "/abs", "a/b", "a\\b", "A", "a b", "A&B Bank", "Rabo (NL)",
     "l'Épargne", "bank_à", "7", "1e5", "2024-01-01", "-x", "_x", "a\n", "a\x1b[31m", "a\0b",
     "${oc.env:HOME}", "<b>", "a" * 61, *sorted(RESERVED)],
)  # fmt: skip
def test_a_name_that_would_harm_is_refused_in_one_short_printable_line(name: str) -> None:
    problem = problem_with(name)
    assert problem is not None
    assert problem.isprintable()
    assert len(problem) < 250


def test_a_part_of_a_plugin_is_named_by_the_rule(monkeypatch: pytest.MonkeyPatch) -> None:
    from importlib.metadata import EntryPoint, EntryPoints

    bad = EntryPoints([EntryPoint("../up", "package:part", "proeftuin.detectors")])
    monkeypatch.setattr(plugins, "entry_points", lambda: bad)
    plugins.all_entries.cache_clear()
    try:
        with pytest.raises(plugins.PluginError, match=r"'\.\./up' becomes a key"):
            plugins.all_entries()
    finally:
        plugins.all_entries.cache_clear()
