import math
from typing import Any

from proeftuin.report import appendix
from proeftuin.report.arms import read_arms
from proeftuin.report.folder import RunFolder
from proeftuin.report.words import load_words

EN, NL = load_words("en"), load_words("nl")
FLOW = {
    "arm": "line_busy",
    "sender": "bank_a",
    "receiver": "telecom",
    "data": "line_busy_question",
    "form": "in_clear",
    "persons": 1736.0,
    "fields": 1.0,
    "records": 24_668.5,
    "bytes": 592_000.0,
    "period": "112 days",
}
BANKS = ("bank_a", "bank_b")


def rows(run: RunFolder, flows: list[dict[str, Any]], banks: tuple[str, ...]) -> list[list[str]]:
    table = appendix.flows(flows, read_arms(run, NL), banks, "Stromen", NL)
    return [[cell.text for cell in row] for row in table.rows]


def test_banks_that_do_the_same_share_a_row(run: RunFolder) -> None:
    other = {**FLOW, "sender": "bank_b", "persons": 300.0, "bytes": 97_600.0}
    back = {**FLOW, "sender": "telecom", "receiver": "bank_b", "data": "line_busy_answer"}
    merged = rows(run, [FLOW, other, back], BANKS)
    assert merged[0] == [
        "Line busy",
        "elk van de 2 banken",
        "Telecom",
        "Vraag: is dit nummer in gesprek?",
        "leesbaar",
        "300 tot 1.736",
        "1",
        "24.668",
        "97,6\N{NO-BREAK SPACE}kB tot 592\N{NO-BREAK SPACE}kB",
        "112\N{NO-BREAK SPACE}dagen",
    ]
    assert merged[1][1:3] == ["Telecom", "Bank B"]
    assert [row[1] for row in rows(run, [FLOW, other], ())] == ["Bank A", "Bank B"]


def test_a_row_header_is_told_once(run: RunFolder) -> None:
    table = appendix.flows([FLOW, FLOW | {"data": "other"}], read_arms(run, EN), (), "Flows", EN)
    assert [row[0].repeated for row in table.rows] == [False, True]


def test_the_weakest_guarantee_is_shown_rounded_up(run: RunFolder) -> None:
    told = {"arm": "federated", "partner": "bank_a", "delta": 1e-6, "epsilon_prv": 8.0}
    records = [
        {**told, "seed": seed, "epsilon": epsilon, "records": count}
        for seed, (epsilon, count) in enumerate([(7.5, 2500), (7.991, 2600)])
    ]
    table = appendix.guarantees(records, read_arms(run, EN), EN)
    assert [cell.text for cell in table.rows[0]][1:4] == ["Bank A", "8.00", "8.00"]
    assert table.rows[0][-1].text == "2,500 to 2,600"
    records[0]["epsilon"] = math.inf
    assert appendix.guarantees(records, read_arms(run, EN), EN).rows[0][2].text == "no limit"


def test_a_term_that_is_not_translated_is_marked_as_english() -> None:
    assert appendix.term_cell("in_clear", NL).lang is None
    unknown = appendix.term_cell("something_new", NL)
    assert (unknown.text, unknown.lang) == ("something new", "en")
    assert appendix.term_cell("something_new", EN).lang is None
