import math
import re
import string
import tomllib
from pathlib import Path
from typing import Any, get_args, get_type_hints

import pytest

import proeftuin.report
from proeftuin.instruments.base import FACT_KINDS, Latency, Status
from proeftuin.instruments.learning import LEARNING
from proeftuin.instruments.mechanisms import SOURCES
from proeftuin.instruments.registry import INSTRUMENTS
from proeftuin.metrics import METRICS
from proeftuin.outcomes.contribution import CHANNELS
from proeftuin.report import legal, plausibility
from proeftuin.report.words import PARTS, Words, base_metric, load_words
from proeftuin.settings.paths import conf_dir
from proeftuin.settings.study import Intervention
from scenarios.registry import FORMS
from synthetic_data.schema import SECTORS

TEXTS = Path(proeftuin.report.__file__).parent / "texts"


def flat(table: dict[str, Any], prefix: str = "") -> dict[str, str]:
    """Every text by its dotted key, texts in lists numbered."""
    found = {}
    for name, value in table.items():
        if isinstance(value, dict):
            found |= flat(value, f"{prefix}{name}/")
        elif isinstance(value, list):
            found |= {f"{prefix}{name}/{place}": text for place, text in enumerate(value)}
        else:
            found[prefix + name] = value
    return found


@pytest.fixture(scope="module")
def texts() -> dict[str, dict[str, str]]:
    return {
        language: {
            key: text
            for part in PARTS
            for key, text in flat(
                tomllib.loads((TEXTS / f"{part}{language}.toml").read_text("utf-8"))
            ).items()
        }
        for language in ("en", "nl")
    }


@pytest.fixture(scope="module")
def en() -> Words:
    return load_words("en")


@pytest.fixture(scope="module")
def nl() -> Words:
    return load_words("nl")


def test_both_languages_have_the_same_keys_and_no_empty_text(
    texts: dict[str, dict[str, str]],
) -> None:
    assert texts["en"].keys() == texts["nl"].keys()
    for language in texts.values():
        assert [key for key, text in language.items() if not text.strip()] == []


def test_both_languages_fill_in_the_same_numbers(texts: dict[str, dict[str, str]]) -> None:
    def places(text: str) -> set[str | None]:
        found = {name for _, name, _, _ in string.Formatter().parse(text) if name}
        return found - {"does", "to_do", "done", "of", "outcome"}  # words, where grammars differ

    differ = [key for key, text in texts["en"].items() if places(text) != places(texts["nl"][key])]
    assert differ == []


def test_no_text_holds_a_figure(texts: dict[str, dict[str, str]]) -> None:
    for language in texts.values():
        assert [text for text in language.values() if re.search(r"\d", text)] == []


def test_every_metric_is_explained(en: Words, nl: Words) -> None:
    for words in (en, nl):
        assert {base_metric(metric) for metric in METRICS} == set(words.texts["metrics"])


def test_everything_a_study_can_hold_has_a_name_in_both_languages(en: Words, nl: Words) -> None:
    cards = [*(one.LEGAL for one in INSTRUMENTS.values()), *LEARNING.values()]
    named = {
        "regimes": {path.stem for path in (conf_dir() / "regime").glob("*.yaml")},
        "measures": {path.stem for path in (conf_dir() / "measure").glob("*.yaml")},
        "ways": {*INSTRUMENTS, *LEARNING},
        "actions": {*get_args(get_type_hints(Intervention)["action"])},
    }
    for words in (en, nl):
        for table, names in named.items():
            assert names <= words.texts[table].keys(), table
        law = words.texts["law"]
        assert {*Status, legal.NOTHING_SHARED, legal.NO_CARD} == law["status"].keys()
        assert {each for card in cards for each in card.data} <= law["data"].keys()
        assert {each for card in cards for each in card.whose} <= law["whose"].keys()
        for table in ("name", "gives", "costs"):
            assert words.texts["mechanisms"][table].keys() == SOURCES.keys()
        assert words.texts["mechanisms"]["latency"].keys() == {*get_args(Latency)}
        assert words.texts["contributions"]["channels"].keys() == {*CHANNELS}
        for table in ("facts", "short"):
            assert words.texts["contributions"][table].keys() == {*FACT_KINDS}
        for one in plausibility.FIELD_RESULTS:
            assert words(f"plausibility.{one.key}")


def test_no_two_files_of_texts_hold_the_same_table() -> None:
    for language in ("en", "nl"):
        tables = [
            {*tomllib.loads((TEXTS / f"{part}{language}.toml").read_text("utf-8"))}
            for part in PARTS
        ]
        assert not set.intersection(*tables)


def test_every_figure_of_the_world_and_of_every_form_is_described_in_dutch(
    nl: Words, figures: list[dict[str, Any]]
) -> None:
    assert {figure["key"].split(".")[2] for figure in figures if "forms" in figure["key"]} == {
        *FORMS
    }
    assert [figure["key"] for figure in figures if nl.figure(figure["key"]) is None] == []
    assert [figure["unit"] for figure in figures if nl.term(figure["unit"]) is None] == []


def test_a_dutch_line_is_used_and_means_one_thing(nl: Words, figures: list[dict[str, Any]]) -> None:
    meanings: dict[str, set[str]] = {line: set() for line in nl.figures.values()}
    for figure in figures:
        meanings[nl.figure(figure["key"]) or ""].add(figure["description"])
    assert {line: said for line, said in meanings.items() if len(said) != 1} == {}


def test_a_form_has_its_own_line_before_that_of_all_forms() -> None:
    lines = {"form.contact.share": "every form", "form.sales.contact.share": "sales"}
    words = Words(language="nl", texts={}, figures=lines)
    assert words.figure("scenario.forms.sales.contact.share") == "sales"
    assert words.figure("scenario.forms.new.contact.share") == "every form"
    assert words.figure("scenario.forms.new.contact.other") is None
    assert words.figure("world.contact.share") is None


def test_every_form_and_sector_has_a_name_and_every_part_a_heading(
    en: Words, nl: Words, figures: list[dict[str, Any]]
) -> None:
    keys = [figure["key"].split(".") for figure in figures]
    keys = [key for key in keys if key[0] in ("scenario", "world")]
    parts = {key[3] if key[1] == "forms" else key[1] for key in keys}
    for words in (en, nl):
        assert words.texts["forms"].keys() == FORMS.keys()
        assert (
            tuple(words.texts["sectors"])
            == tuple(SECTORS)
            == tuple(words.texts["counts"]["parties"])
        )
        assert words.texts["assumptions"]["parts"].keys() == parts


def test_numbers_follow_the_language(en: Words, nl: Words) -> None:
    assert (en.number(1234.5, 1), nl.number(1234.5, 1)) == ("1,234.5", "1.234,5")
    assert nl.number(-3.14, 1, signed=True) == "−3,1"
    assert en.number(3.14, 1, signed=True) == "+3.1"
    assert en.number(-0.04, 1, signed=True) == "0.0"
    assert (nl.plain(0.75), nl.plain(-25000), en.plain(2.5)) == ("0,75", "−25.000", "2.5")
    assert nl.significant(1e-6).replace("\N{NO-BREAK SPACE}", " ") == "1 × 10⁻⁶"
    assert nl.data_size(61_000_000) == "61,0\N{NO-BREAK SPACE}MB"


def test_outcomes_are_written_in_their_own_unit(en: Words, nl: Words) -> None:
    assert en.measure("stopped_share", 0.3149) == "31.5%"
    assert nl.measure("average_precision", 0.3149) == "0,315"
    assert nl.measure("persons_disclosed", 19_300.4) == "19.300"
    assert nl.interval("stopped_share", 0.28, 0.339) == "28,0 tot 33,9%"
    assert en.change_interval("stopped_share", -0.012, 0.03) == "−1.2 to +3.0"
    assert nl.change("false_alarms_per_10k", -3.26) == "−3,3"


@pytest.mark.parametrize("metric", METRICS)
def test_what_is_not_defined_is_said_in_words(en: Words, metric: str) -> None:
    assert en.measure(metric, math.nan) == en.change(metric, math.nan) == "not determined"
    assert en.interval(metric, math.nan, math.nan) == "no interval"


def test_rounding_never_makes_a_shown_difference_touch_zero(en: Words) -> None:
    assert en.change_interval("stopped_share", 0.0001, 0.02) == "+0.01 to +2.00"
    assert en.change_interval("stopped_share", -0.02, -0.0001) == "−2.00 to −0.01"


def test_the_ends_of_an_interval_look_different_when_they_are(en: Words) -> None:
    assert en.interval("stopped_share", 0.1231, 0.1234) == "12.31 to 12.34%"
    assert en.change_interval("stopped_share", -0.1, 0.1) == "−10.0 to +10.0"


def test_an_upper_bound_is_never_rounded_down(en: Words) -> None:
    assert (en.bound(7.991), en.bound(8.0), en.bound(math.inf)) == ("8.00", "8.00", "no limit")
    assert en.bound(math.nan) == "not determined"


def test_listings_and_plurals(en: Words, nl: Words) -> None:
    assert en.quoted(["a"]) == "“a”"
    assert nl.listing(["a", "b", "c"]) == "a, b en c"
    assert (nl.count("worlds", 1), nl.count("worlds", 6)) == (
        "één wereld",
        "6 werelden",
    )


def test_what_rounding_leaves_of_nothing_is_written_as_nothing() -> None:
    words = load_words("en")
    assert words.change("stopped_share", 1e-17) == words.change("stopped_share", 0.0) == "0.0"
    assert words.change("stopped_share", 4e-4) == "+0.04"
