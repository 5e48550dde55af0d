"""``proeftuin budget``: what it says, and what it refuses in one line."""

import pytest

from proeftuin.commandline import main as cli
from proeftuin.commandline.beforehand import expected_rows
from proeftuin.commandline.budget import parsed
from proeftuin.errors import PrivacyError
from proeftuin.privacy import planner
from proeftuin.settings.compose import settings_for

Capture = pytest.CaptureFixture[str]
QUICK = ("privacy=record_dp", "privacy.rounds=2", "regime=silo", "--rows=20000,3000")


def test_partners_and_noise_are_told_apart_from_settings() -> None:
    question, rest = parsed(["privacy=record_dp", "--rows=bank_a:12000,bank_b:300", "--noise=1.2"])
    assert rest == ["privacy=record_dp"]
    assert question.rows == {"bank_a": 12_000, "bank_b": 300}
    assert question.noise_multiplier == 1.2


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["--noise=0"], "without noise epsilon is infinite"),
        (["--noise=much"], "needs a noise multiplier from 0.1 to 10,000"),
        (["--noise=0.01"], "needs a noise multiplier from 0.1 to 10,000"),
        (["--noise=1e300"], "needs a noise multiplier from 0.1 to 10,000"),
        (["--noise=inf"], "needs a noise multiplier from 0.1"),
        (["--rows=12000,few"], "needs a number of rows of at least 1"),
        (["--rows=0"], "needs a number of rows of at least 1"),
        (["--rows=a:5,a:6"], "needs a number of rows of at least 1"),
        (["privacy=none", "regime=silo"], "nothing to plan"),
        ([*QUICK, "privacy.delta=1e-3"], "privacy.delta=0.001: partner_1 has about 20,000"),
        ([*QUICK, "privacy.clip_norm=null"], "privacy.clip_norm=null: privacy.unit=record needs"),
        ([*QUICK, "privacy.statistics_noise=0"], "above 0"),
    ],
)
def test_a_question_without_an_answer_is_refused(
    words: list[str], told: str, capsys: Capture
) -> None:
    assert cli.main(["budget", *words]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert told in err.splitlines()[0]


def test_every_partner_has_a_line_and_every_price_is_told(capsys: Capture) -> None:
    assert cli.main(["budget", *QUICK, "detector=mlp", "--noise=3"]) == 0
    out = capsys.readouterr().out
    lines = [line.split() for line in out.splitlines() if line.startswith("  partner_")]
    assert [line[:4] for line in lines] == [
        ["partner_1", "20,000", "0.05", "3.0000"],
        ["partner_2", "3,000", "0.05", "3.0000"],
    ]
    assert all(float(line[4]) == pytest.approx(float(line[5]), abs=0.02) for line in lines)
    assert "one row at each of 2 partners" in out
    assert "with 5 rows at partner_1" in out
    assert "scaling statistics with noise 10 alone cost epsilon 0.397" in out


def test_a_year_of_answers_adds_up(capsys: Capture) -> None:
    signal = "regime.instruments.line_busy.mechanism"
    words = ["regime=line_busy", f"{signal}.name=randomised_response", f"{signal}.epsilon=2"]
    assert cli.main(["budget", *words]) == 0
    out = capsys.readouterr().out
    assert "a false answer with probability 0.119" in out
    assert "a person in 1, 12, 52, 365 answers a year: epsilon 2, 24, 104, 730" in out


def test_banks_expect_rows_by_their_share_and_a_centre_expects_them_all() -> None:
    federated = settings_for(["regime=federated", "privacy=record_dp"])
    rows = expected_rows(federated.arms["chosen"], federated)
    assert rows["bank_a"] / rows["bank_e"] == pytest.approx(6.0, rel=1e-3)
    centre = settings_for(["regime=centre", "privacy=record_dp"])
    assert expected_rows(centre.arms["chosen"], centre) == {"centre": sum(rows.values())}


def test_a_budget_is_told_although_a_line_beside_it_cannot_be(
    monkeypatch: pytest.MonkeyPatch, capsys: Capture
) -> None:
    def give_up(*_: object) -> float:
        raise PrivacyError("too much")

    monkeypatch.setattr(planner, "of_several_rows", give_up)
    assert cli.main(["budget", *QUICK, "detector=mlp", "--noise=3"]) == 0
    out = capsys.readouterr().out
    assert "with 5 rows at partner_1: an epsilon so large that no accountant works it out" in out
    assert "one row at each of 2 partners: epsilon" in out
