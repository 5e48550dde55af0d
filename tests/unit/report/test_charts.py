import math
from xml.etree import ElementTree

import pytest

from proeftuin.report import charts
from proeftuin.report.charts import SVG, XLINK, Mark
from proeftuin.report.curves import Curve, curve
from proeftuin.report.palette import style
from proeftuin.report.words import load_words

NL = load_words("nl")
LOOK = style(learning="federated", signal=False, private=True)
MARK = Mark("Bank A", "+1,2", 1.2, 0.5, 1.9, LOOK, note="0,5 tot 1,9", reference=0.4)
EMPTY = Mark("Bank B", "niet te bepalen", math.nan, math.nan, math.nan, LOOK)


def draw(*marks: Mark, key: str = "k") -> ElementTree.Element:
    svg = charts.dots(
        marks,
        key=key,
        label="Grafiek van de winst per bank",
        axis="procentpunt",
        zero="niets delen",
        bounds=charts.extent(marks),
        words=NL,
        notes=charts.note_lines(marks),
    )
    return ElementTree.fromstring(svg)


def texts(svg: ElementTree.Element) -> list[str]:
    return [element.text or "" for element in svg.iter(f"{{{SVG}}}text")]


def test_a_chart_speaks_to_a_screen_reader_and_scales() -> None:
    svg = draw(MARK, EMPTY)
    assert svg.get("role") == "img"
    assert svg.get("aria-label") == "Grafiek van de winst per bank"
    told = svg.find(f"{{{SVG}}}desc")
    assert told is not None
    assert svg.get("aria-describedby") == told.get("id")
    assert told.text == "Bank A: +1,2 (0,5 tot 1,9); Bank B: niet te bepalen"
    assert svg.get("viewBox")
    assert svg.get("width") is None


def test_labels_and_numbers_are_text_in_the_language_of_the_page() -> None:
    written = texts(draw(MARK, EMPTY))
    for text in ("Bank A", "+1,2", "0,5 tot 1,9", "niet te bepalen", "niets delen", "procentpunt"):
        assert text in written


def test_every_reference_inside_a_chart_finds_its_own_id() -> None:
    svg = draw(MARK, EMPTY, key="gains-3")
    ids = [element.get("id") for element in svg.iter() if element.get("id")]
    uses = [element.get(f"{{{XLINK}}}href") for element in svg.iter(f"{{{SVG}}}use")]
    assert uses
    assert {f"#{name}" for name in ids} >= set(uses)
    assert all(str(name).startswith("gains-3-") for name in ids)


@pytest.mark.parametrize("name", [r"$\frac{a}$", "a_b^c", "<b>&amp;</b>", "100 % $"])
def test_a_name_is_drawn_as_it_is_written(name: str) -> None:
    assert name in texts(draw(Mark(name, "0", 0.0, 0.0, 0.0, LOOK)))


def test_long_names_keep_their_beginning_and_their_end() -> None:
    name = "Samen leren met heel veel banken tegelijk en met ruis (ε 8)"
    drawn = next(text for text in texts(draw(Mark(name, "+1,2", 1, 0, 2, LOOK))) if "…" in text)
    assert len(drawn) <= charts.CHARACTERS
    assert drawn.startswith("Samen leren")
    assert drawn.endswith("(ε 8)")


def test_limits_hold_zero_and_every_interval() -> None:
    low, high = charts.extent([MARK, EMPTY])
    assert low < 0
    assert high > 1.9
    low, high = charts.extent([EMPTY])
    assert low < 0 < high
    low, high = charts.limits([-3.0, -1.0])
    assert low < -3
    assert high > 0


def test_the_same_curve_gives_the_same_drawing() -> None:
    line = Curve([1, 2, 3], [0.5, 0.3, 0.4], [0.4, 0.2, 0.3], [0.6, 0.4, 0.5], LOOK)
    drawings = {
        curve(line, key="c", label="Fout", axis="Ronde", bounds=(0.2, 0.6), words=NL)
        for _ in range(2)
    }
    assert len(drawings) == 1
    assert "Ronde: 1: 0,5; 2: 0,3; 3: 0,4" in drawings.pop()


def test_a_sign_of_control_in_a_label_breaks_no_chart() -> None:
    mark = Mark("Bank \x1b[31m\x00", "+1,2", 1.2, 0.5, 1.9, LOOK)
    assert "Bank ?[31m?" in texts(draw(mark))
