"""What a run folder discloses, and what it refuses to: faults are planted in one made by hand."""

import json
import math
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import yaml  # type: ignore[import-untyped]

from proeftuin.commandline import main as cli
from proeftuin.errors import LedgerError
from proeftuin.outcomes.comparison import COLUMNS
from proeftuin.privacy.accounting import pld_epsilon, segments
from proeftuin.privacy.ledger import (
    ExactDisclosure,
    GaussianRelease,
    Ledger,
    NoisyAnswers,
    SampledGaussianRelease,
)
from proeftuin.privacy.recount import Sent
from proeftuin.study.disclosure import write_disclosure

DELTA = 1e-6
POLICY = {"unit": "record", "delta": DELTA, "rounds": 2, "steps_per_round": 5, "clip_norm": 3.0}
UPDATES = SampledGaussianRelease("model updates", 4.0, 0.05, 10, clip_norm=3.0)
STATISTICS = GaussianRelease("scaling statistics", 20.0)
BANKS = [Ledger(bank, "record", 1000, (STATISTICS, UPDATES)) for bank in ("bank_a", "bank_b")]
QUESTION = ExactDisclosure("line_busy_question", "telecom", "in_clear", 30, 40)
ANSWERS = NoisyAnswers("line_busy_answer", "bank_a", "randomised_response", 2.0, ((1, 28), (6, 2)))
SIGNALS = [
    Ledger("bank_a", "nothing", 40, (QUESTION,), neighbouring="none"),
    Ledger("telecom", "answer", 40, (ANSWERS,), neighbouring="change_one_answer"),
    Ledger("all", "answer", 40, (replace(ANSWERS, to="all"),), neighbouring="change_one_answer"),
]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A finished run of one private arm in one world of 73 days."""
    config = {
        "world": {"days": 73}, "repetitions": 1, "study": {"name": "s", "baseline": "silo"},
        "arms": {"dp": {"privacy": POLICY, "detector": {"bins": 1}, "regime": {}}},
    }  # fmt: skip
    place = tmp_path / "arms" / "dp" / "seed-0"
    place.mkdir(parents=True)
    (tmp_path / "config.yaml").write_text(yaml.safe_dump(config))
    epsilon = pld_epsilon(segments(BANKS[:1]), DELTA)
    told = {"unit": "record", "neighbouring": "add_or_remove_one", "delta": DELTA,
            "adversary": "everybody", "accountant": "two", "records": 1000, "records_per_unit": 1,
            "partners": 1, "epsilon": epsilon, "epsilon_prv": epsilon}  # fmt: skip
    flow = {"sender": "bank_a", "receiver": "telecom", "data": "line_busy_question",
            "form": "in_clear", "persons": 30, "fields": 1, "records": 40}  # fmt: skip
    answer = {**flow, "sender": "telecom", "receiver": "bank_a", "data": "line_busy_answer",
              "form": "randomised"}  # fmt: skip
    written: dict[Path, Any] = {
        tmp_path / "manifest.json": {"fingerprint": "f"},
        tmp_path / "data_flows.json": [{**one, "arm": "dp"} for one in (flow, answer)],
        place / "data_flows.json": [flow, answer],
        place / "ledgers.json": [each.to_dict() for each in (*BANKS, *SIGNALS)],
        place / "privacy.json": [{**told, "partner": each.partner} for each in BANKS],
        place / "sent.json": [asdict(Sent("joint_bank", 2, 2 * 4 + 2 * 2 * 2, 0))],
        place / "people.json": {"partners": ["bank_a", "bank_b"],
                                "profiles": [[[1, 0], 99], [[2, 1], 1]]},
    }  # fmt: skip
    for path, content in written.items():
        path.write_text(json.dumps(content))
    row = dict.fromkeys(COLUMNS, 0.1) | {"arm": "dp", "partner": "all", "fraud_form": "all",
                                         "metric": "stopped_share", "margin": math.nan,
                                         "verdict": "more"}  # fmt: skip
    pd.DataFrame([row]).to_parquet(tmp_path / "comparisons.parquet")
    named = {"study": "x", "arm": "dp", "partner": "all", "fraud_form": "all",
             "metric": "persons_named"}  # fmt: skip
    outcomes = [named | {"seed": seed, "value": value} for seed, value in enumerate((7.0, 8.0))]
    pd.DataFrame(outcomes).to_parquet(tmp_path / "outcomes.parquet")
    return tmp_path


def change(path: Path, place: int, **fields: Any) -> None:
    """Plant a fault: other fields in the last release of a ledger."""
    content = json.loads(path.read_text())
    content[place]["releases"][-1].update(fields)
    path.write_text(json.dumps(content))


def test_a_sound_folder_says_everything_a_data_protection_officer_asks(folder: Path) -> None:
    told = json.loads(write_disclosure(folder).read_text())["arms"]["dp"]
    guarantee, [signal] = told["guarantee"], told["signals"]
    assert (guarantee["unit"], guarantee["delta"], guarantee["clip_norm"]) == ("record", DELTA, 3.0)
    own = guarantee["partners"]["bank_b"]
    assert own["epsilon_recounted"] == pytest.approx(own["epsilon"], rel=1e-3)
    people = guarantee["people"]
    assert people["persons"] == 100
    assert own["epsilon"] < people["p99"] < people["maximum"]  # one row costs less than three
    year = {"average": 40 / 30 * 5, "p99": 30.0, "maximum": 30.0}  # 73 days are a fifth of it
    assert signal["answers_per_year"] == pytest.approx(year)
    assert signal["epsilon_per_year"]["maximum"] == 60.0
    assert [one["data"] for one in told["exact_disclosures"]] == ["line_busy_question"]
    assert told["persons_named"] == 7.5
    assert "several_rows" in told["not_protected"]
    assert told["utility"]["outcomes"]["stopped_share"]["difference"] == 0.1
    assert told["measured_attacks"] == []


def test_measured_attacks_stand_beside_the_guarantee_they_are_about(folder: Path) -> None:
    found = [
        {"arm": "dp", "value": 0.5},
        {"arm": "other", "value": 1.0},
        {"arm": "all", "value": 2},
    ]
    (folder / "audit.json").write_text(json.dumps(found))
    told = json.loads(write_disclosure(folder).read_text())["arms"]["dp"]
    assert [one["value"] for one in told["measured_attacks"]] == [0.5, 2]


@pytest.mark.parametrize(
    ("place", "fields", "line"),
    [
        (0, {"steps": 5}, "4 model updates left and the ledgers have only 3"),
        (0, {"noise_multiplier": 0.0}, "left without noise"),
        (1, {"clip_norm": None}, "left without clipping"),
        (1, {"noise_multiplier": 5.0}, "bank_b: says epsilon"),
        (2, {"what": "something_else"}, "bank_a told telecom line_busy_question about 30 people"),
    ],
)
def test_a_folder_with_a_fault_gets_one_line_and_no_number(
    folder: Path,
    place: int,
    fields: dict[str, Any],
    line: str,
    capsys: pytest.CaptureFixture[str],
) -> None:
    (folder / "disclosure.json").write_text("{}")
    change(folder / "arms" / "dp" / "seed-0" / "ledgers.json", place, **fields)
    assert cli.main(["ledger", str(folder)]) == LedgerError.exit_code == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert line in err.splitlines()[0]
    assert not (folder / "disclosure.json").exists()


def test_the_verb_prints_what_it_counted(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["ledger", str(folder)]) == 0
    out = capsys.readouterr().out
    assert "people, at most" in out
    assert "line_busy_answer" in out
    assert out.rstrip().endswith("disclosure.json")


@pytest.mark.parametrize("words", [[], ["a", "b"]])
def test_the_verb_takes_one_folder(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["ledger", *words]) == 2
    assert "needs one run folder" in capsys.readouterr().err
