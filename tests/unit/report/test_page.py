import json
import re
from collections import Counter
from collections.abc import Callable
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import yaml

from proeftuin.errors import RunFolderError
from proeftuin.outcomes.intervals import FEWEST_WORLDS
from proeftuin.report.page import write_reports

WriteRun = Callable[..., Path]
FILES = (
    "config.yaml",
    "manifest.json",
    "outcomes.parquet",
    "comparisons.parquet",
    "data_flows.json",
    "privacy.json",
    "assumptions.json",
    "curves.parquet",
)
THREE = {
    "silo": ("silo", None, 0.0),
    "chosen": ("line_busy", None, 0.06),
    "centre": ("centre", None, 0.1),
}
NEVER_CLOSED = ("meta", "link", "br", "img", "hr", "input", "use", "path")


class Page(HTMLParser):
    """A page as a list of elements with their attributes and the text outside style."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.words: list[str] = []
        self.inside = ""
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        self.inside = tag

    def handle_endtag(self, tag: str) -> None:
        self.inside = ""

    def handle_data(self, data: str) -> None:
        if self.inside != "style":
            self.words.append(data)

    @property
    def text(self) -> str:
        return " ".join(" ".join(self.words).split())

    def all(self, *tags: str) -> list[dict[str, str | None]]:
        return [attributes for tag, attributes in self.elements if tag in tags]


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory, write_run: WriteRun) -> dict[str, str]:
    """The pages of the demo, by language."""
    pages = write_reports(write_run(tmp_path_factory.mktemp("demo")))
    return {page.suffixes[0][1:]: page.read_text("utf-8") for page in pages}


@pytest.fixture(scope="module", params=["en", "nl"])
def page(request: pytest.FixtureRequest, demo: dict[str, str]) -> Page:
    return Page(demo[request.param])


def write(folder: Path, name: str, change: Callable[[Any], Any]) -> None:
    """Change one JSON or YAML file of a run folder."""
    path = folder / name
    read = yaml.safe_load if path.suffix == ".yaml" else json.loads  # YAML takes 1e-06 for a text
    path.write_text(json.dumps(change(read(path.read_text("utf-8")))), "utf-8")


def test_the_same_run_gives_the_same_bytes(tmp_path: Path, write_run: WriteRun) -> None:
    pages = [
        [
            page.read_bytes()
            for page in write_reports(write_run(tmp_path / name, arms=THREE, seeds=2))
        ]
        for name in ("first", "second")
    ]
    assert pages[0] == pages[1]


def test_a_page_in_each_language_links_to_the_other(demo: dict[str, str]) -> None:
    for language, other in (("en", "nl"), ("nl", "en")):
        page = Page(demo[language])
        assert page.all("html") == [{"lang": language}]
        assert f"report.{other}.html" in [link["href"] for link in page.all("a")]


@pytest.mark.parametrize(("language", "other"), [("nl", "en"), ("en", "nl")])
def test_a_report_in_one_language_leaves_no_page_nor_link_in_the_other(
    tmp_path: Path, write_run: WriteRun, language: str, other: str
) -> None:
    folder = write_run(tmp_path, arms=THREE, seeds=1)
    write_reports(folder)
    write(folder, "config.yaml", lambda old: {**old, "report": {"language": language}})
    (page,) = write_reports(folder)
    assert page.name == f"report.{language}.html"
    assert not (folder / f"report.{other}.html").exists()
    assert f"report.{other}.html" not in page.read_text("utf-8")


def test_data_of_other_parties_than_banks_say_so_on_the_first_page_in_both_languages(
    tmp_path: Path, write_run: WriteRun
) -> None:
    """Without ages there is no chart by age, and the page says that."""
    folder = write_run(tmp_path, arms=THREE, seeds=1)
    words = {"banks": {"en": "insurers", "nl": "verzekeraars"},
             "payments": {"en": "<claims>", "nl": "claims"}}  # fmt: skip
    stored = {
        "origin": {"called": words},
        "features": {},
        "nation": False,
        "persons": 9,
        "customers": {"bank_a": 9},
        "forms": ["unknown"],
        "partners": {"bank": ["bank_a"]},
    }
    write(folder, "config.yaml", lambda old: {**old, "world": {**old["world"], "stored": stored}})
    outcomes = pd.read_parquet(folder / "outcomes.parquet")
    outcomes[~outcomes["metric"].str.startswith("false_alarms_per_10k[")].to_parquet(
        folder / "outcomes.parquet"
    )
    english, dutch = sorted(write_reports(folder))
    text = english.read_text("utf-8")
    assert text.index("These are data of insurers: where this report says bank or payment") < (
        text.index('id="levels"') if 'id="levels"' in text else text.index("What was compared")
    )
    assert "one of their &lt;claims&gt;." in text
    assert "False alarms by age were not measured." in text
    assert 'id="harm-table"' not in text
    assert "Dit zijn gegevens van verzekeraars" in dutch.read_text("utf-8")


def test_a_page_loads_nothing_and_runs_nothing(page: Page, demo: dict[str, str]) -> None:
    assert page.all("script", "link", "img", "iframe", "object", "embed", "image") == []
    for _, attributes in page.elements:
        for name in ("src", "href", "xlink:href", "srcset", "action"):
            assert not re.match(r"(?i)\s*(\w+:)?//", attributes.get(name) or "")
        assert not [name for name in attributes if name.startswith("on")]
    for html in demo.values():
        style = "".join(re.findall(r"<style>(.*?)</style>", html, flags=re.DOTALL))
        assert "@import" not in style
        assert "url(" not in style
        assert "default-src 'none'" in html


def test_every_chart_has_a_label_a_description_and_its_numbers(page: Page) -> None:
    ids = {attributes.get("id") for _, attributes in page.elements}
    charts = page.all("svg")
    assert len(charts) > 10
    for chart in charts:
        assert chart["role"] == "img"
        assert len(chart["aria-label"] or "") >= 20
        assert chart["aria-describedby"] in ids
    assert len(page.all("desc")) == len(charts)
    assert len(page.all("figure")) <= len(page.all("details"))


def test_descriptions_of_charts_are_long_enough(demo: dict[str, str]) -> None:
    told = re.findall(r"<desc[^>]*>(.*?)</desc>", demo["nl"])
    assert told
    assert min(map(len, told)) >= 20


def test_the_structure_can_be_followed_without_seeing_it(page: Page) -> None:
    ids = _ids(page)
    assert [name for name, times in Counter(ids).items() if times > 1] == []
    for _, attributes in page.elements:
        for name in ("aria-labelledby", "aria-describedby"):
            assert set((attributes.get(name) or "").split()) <= set(ids)
        if (attributes.get("href") or "").startswith("#"):
            assert (attributes["href"] or "")[1:] in ids
    levels = [int(tag[1]) for tag, _ in page.elements if re.fullmatch(r"h[1-6]", tag)]
    assert levels.count(1) == 1
    assert levels[0] == 1
    assert all(later - earlier <= 1 for earlier, later in pairwise(levels))
    assert len(page.all("caption")) == len(page.all("table"))
    assert all("scope" in cell for cell in page.all("th"))
    assert page.all("a")[0]["class"] == "skip"


def _ids(page: Page) -> list[str]:
    return [name for _, attributes in page.elements if (name := attributes.get("id"))]


def test_nothing_unfilled_is_left_in_the_words(page: Page) -> None:
    assert re.findall(r"\bnan\b|\bNone\b|\{\w*\}|\binf\b", page.text) == []


def test_dutch_numbers_are_dutch_and_the_same_as_the_english(demo: dict[str, str]) -> None:
    numbers = {
        language: re.findall(r'<td class="number">([\d.,+−]+)<small>', html)
        for language, html in demo.items()
    }
    swap = str.maketrans(",.", ".,")
    assert len(numbers["en"]) > 40
    assert numbers["nl"] == [number.translate(swap) for number in numbers["en"]]


def test_the_interval_in_the_answer_is_the_one_in_the_table(demo: dict[str, str]) -> None:
    answer = re.search(r'class="headline">.*?: ([\d.]+ to [\d.]+) percentage', demo["en"])
    assert answer
    low, high = answer[1].split(" to ")
    assert f"+{low} to +{high}" in demo["en"]


def test_a_dutch_page_marks_what_is_english(demo: dict[str, str]) -> None:
    assert '<td lang="en" class="">24 million current accounts (RTL Nieuws' in demo["nl"]
    assert "aandeel mensen met een rekening bij een tweede bank" in demo["nl"]
    assert 'lang="en"' not in demo["en"].replace('<html lang="en">', "")


@pytest.mark.parametrize("name", FILES)
def test_a_missing_file_is_named(tmp_path: Path, write_run: WriteRun, name: str) -> None:
    folder = write_run(tmp_path, arms=THREE, seeds=1)
    (folder / name).unlink()
    with pytest.raises(RunFolderError, match=re.escape(f"{folder / name}: no such file")):
        write_reports(folder)


@pytest.mark.parametrize("name", FILES)
def test_a_broken_file_is_named(tmp_path: Path, write_run: WriteRun, name: str) -> None:
    folder = write_run(tmp_path, arms=THREE, seeds=1)
    (folder / name).write_text("{: not [what it should be", "utf-8")
    with pytest.raises(RunFolderError, match=re.escape(f"{folder / name}: cannot be read")):
        write_reports(folder)


def test_what_is_missing_inside_a_file_is_named(tmp_path: Path, write_run: WriteRun) -> None:
    folder = write_run(tmp_path, arms=THREE, seeds=1)
    write(folder, "config.yaml", lambda config: {**config, "study": {"name": "x"}})
    with pytest.raises(RunFolderError, match=r"config.yaml: lacks study.question_en, .*baseline"):
        write_reports(folder)
    folder = write_run(tmp_path, arms=THREE, seeds=1)
    pd.DataFrame({"arm": []}).to_parquet(folder / "outcomes.parquet")
    with pytest.raises(RunFolderError, match=r"outcomes.parquet: lacks the columns study, seed"):
        write_reports(folder)


BAD = "<script>alert('x')</script><img src=x onerror=y>\" ' & $\\frac{1}$ {0} {arm}"
WORSE = f"{BAD} \x1b[2J \x00 \x08"  # in YAML such a sign is refused


def test_names_from_outside_are_shown_and_never_obeyed(tmp_path: Path, write_run: WriteRun) -> None:
    arms = {"silo": ("silo", None, 0.0), BAD: (BAD, 3.0, 0.05), "centre": ("centre", None, 0.1)}
    folder = write_run(tmp_path, arms=arms, seeds=2)

    def spoil(config: dict[str, Any]) -> dict[str, Any]:
        config["study"] |= {"name": BAD, "question_en": BAD, "question_nl": BAD}
        config["scenario"]["forms"] = {BAD: {"orientation": {"enrichment": 1.0}}}
        config["world"]["market"]["bank"] = {"bank_a": 0.5, BAD: 0.5}
        config["arms"][BAD]["privacy"]["name"] = BAD
        config["arms"][BAD]["detector"]["name"] = BAD
        return config

    write(folder, "config.yaml", spoil)
    write(folder, "manifest.json", lambda old: {**old, "command": WORSE, "overrides": [WORSE]})
    write(folder, "data_flows.json", lambda old: [{**old[0], "data": WORSE, "sender": WORSE}])
    write(folder, "privacy.json", lambda old: [{**one, "adversary": BAD} for one in old])
    write(folder, "assumptions.json", lambda old: [{**old[0], "description": BAD, "unit": BAD}])
    for path in write_reports(folder):
        page = Page(path.read_text("utf-8"))
        assert page.all("script", "img") == []
        assert page.text.count("<script>alert('x')</script>") > 10
        assert not [
            name for _, attributes in page.elements for name in attributes if name == "onerror"
        ]
        assert not re.search("[\x00-\x08\x0b-\x1f]", path.read_text("utf-8"))


@pytest.mark.parametrize(
    ("arms", "seeds", "lost"),
    [
        (THREE, 1, ()),
        (THREE, 3, ("stopped_share", "epsilon", "persons_disclosed", "recall_at_budget")),
        (THREE, 2, ("false_alarms_per_10k[70+]", "fields_disclosed", "bytes_moved")),
        ({"silo": ("silo", None, 0.0), "centre": ("centre", None, 0.1)}, 2, ()),
    ],
)
def test_thin_runs_are_reported_all_the_same(
    tmp_path: Path, write_run: WriteRun, arms: dict[str, Any], seeds: int, lost: tuple[str, ...]
) -> None:
    folder = write_run(tmp_path, arms=arms, seeds=seeds)
    outcomes = pd.read_parquet(folder / "outcomes.parquet")
    kept = ~(outcomes["metric"].isin(lost) & (outcomes["arm"] != "silo"))
    outcomes[kept].to_parquet(folder / "outcomes.parquet")
    for name in ("data_flows.json", "privacy.json", "assumptions.json"):
        write(folder, name, lambda _: [])
    pd.read_parquet(folder / "curves.parquet").head(0).to_parquet(folder / "curves.parquet")
    for path in write_reports(folder):
        page = Page(path.read_text("utf-8"))
        assert re.findall(r"\bnan\b|\bNone\b|\{\w*\}|\binf\b", page.text) == []
        promised = re.search(r"95%[ -]interval", page.text) is not None
        assert promised == (seeds >= FEWEST_WORLDS), "an interval that no table has"
        together = re.search("hold together|gelden tegelijk", page.text) is not None
        assert together == (seeds >= FEWEST_WORLDS), "a word about intervals that there are not"


def test_a_study_of_the_baseline_alone_says_there_is_nothing_to_compare(
    tmp_path: Path, write_run: WriteRun
) -> None:
    folder = write_run(tmp_path, arms={"silo": ("silo", None, 0.0)}, seeds=2)
    write(folder, "config.yaml", lambda old: {**old, "study": {**old["study"], "ceiling": "silo"}})
    english = write_reports(folder)[0].read_text("utf-8")
    assert "There is nothing to compare" in english


def test_a_number_that_rests_on_some_worlds_says_so(tmp_path: Path, write_run: WriteRun) -> None:
    folder = write_run(tmp_path, arms=THREE, seeds=3)
    outcomes = pd.read_parquet(folder / "outcomes.parquet")
    one = (outcomes["arm"] == "chosen") & (outcomes["seed"] == 1)
    outcomes.loc[one & (outcomes["metric"] == "stopped_share"), "value"] = float("nan")
    outcomes.to_parquet(folder / "outcomes.parquet")
    assert "in 2 van de 3 werelden" in write_reports(folder)[1].read_text("utf-8")


def test_a_changed_assumption_is_flagged_with_its_source_no_longer_its_own(
    demo: dict[str, str],
) -> None:
    assert "Changed for this study: 1." in demo["en"]
    assert "transfer.in_call_share=0.6 (default 0.75)" in demo["en"]
    assert "changed for this study; the source is about the default" in demo["en"]
    assert 'scope="rowgroup" class="section">Bank-helpdesk fraud: transfer</th>' in demo["en"]


def test_the_figures_of_a_form_are_folded_away_under_its_name(demo: dict[str, str]) -> None:
    summaries = re.findall(r'<details class="group"><summary>(\D+)\d+ getallen', demo["nl"])
    assert summaries == [
        "Bankhelpdeskfraude: ",
        "De wereld en het gewone leven: ",
        "Wat partijen tegen fraude doen: ",
    ]


def test_another_baseline_is_called_by_its_own_name(tmp_path: Path, write_run: WriteRun) -> None:
    folder = write_run(tmp_path, arms=THREE, seeds=3)
    study = {"baseline": "chosen", "ceiling": "silo"}
    write(folder, "config.yaml", lambda old: {**old, "study": {**old["study"], **study}})
    english = Page(write_reports(folder)[0].read_text("utf-8")).text
    assert "than “Line-busy signal”" in english
    assert "than no sharing" not in english
    assert "full pooling" not in english
