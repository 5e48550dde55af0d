"""What does not fit or has nothing to find is said before any work, from numbers."""

import math

import pytest

from proeftuin.commandline import beforehand
from proeftuin.commandline import main as cli
from proeftuin.commandline.estimate import expected_cases, needs
from proeftuin.settings.compose import settings_for
from proeftuin.settings.study import Settings
from synthetic_data import machine
from synthetic_data.clock import DAY
from synthetic_data.reports import expected_reports
from synthetic_data.world import Truth

Capture = pytest.CaptureFixture[str]
Patch = pytest.MonkeyPatch


@pytest.fixture(autouse=True)
def ordinary_machine(monkeypatch: Patch) -> None:
    """Let every machine that tests run on be the same."""
    allow(monkeypatch)


def allow(
    patch: Patch, memory: float = 16e9, addresses: float = math.inf, disk: float = 200e9
) -> None:
    patch.setattr(machine, "memory", lambda: memory)
    patch.setattr(machine, "address_space", lambda: addresses)
    patch.setattr(machine, "free_disk", lambda folder: disk)


@pytest.mark.usefixtures("in_empty_folder")
def test_a_country_is_refused_before_any_work(capsys: Capture) -> None:
    assert cli.main(["check", "world=netherlands"]) == 2
    out, err = capsys.readouterr()
    assert (out, len(err.splitlines())) == ("", 1)
    assert err.startswith("world.population.persons=15300000: needs some ")
    assert "GB of memory and this machine has 16.0 GB; the most that fit are world.pop" in err


def test_every_verb_that_holds_a_world_in_memory_refuses_a_country() -> None:
    country = settings_for(["world=netherlands"])
    for verb in ("run", "demo", "tune", "audit", "inspect", "deploy"):
        assert "GB of memory" in beforehand.refusals(verb, country)[0]
    assert beforehand.refusals("generate", country) == []


def test_the_size_that_is_named_fits_and_a_larger_one_does_not(monkeypatch: Patch) -> None:
    [problem] = beforehand.too_large("run", settings_for(["world=netherlands"]))
    named = problem.split("the most that fit are ")[1].split(" with ")
    assert named[1] == "jobs=1"
    fits = settings_for(["world=netherlands", *named])
    assert beforehand.too_large("run", fits) == []
    more = fits.world.population.persons * 11 // 10
    larger = settings_for(["world=netherlands", f"world.population.persons={more}", "jobs=1"])
    assert len(beforehand.too_large("run", larger)) == 1


def test_fewer_jobs_are_named_where_they_suffice(monkeypatch: Patch) -> None:
    allow(monkeypatch, memory=7e9)
    [problem] = beforehand.too_large("run", settings_for(["jobs=6"]))
    assert problem.startswith("jobs=6: needs some ")
    assert problem.endswith("the most that fit are jobs=2")


def test_a_country_is_not_written_on_a_disk_that_cannot_hold_it(
    monkeypatch: Patch,
) -> None:
    allow(monkeypatch, disk=20e9)
    [problem] = beforehand.refusals("generate", settings_for(["world=netherlands"]))
    assert "GB of disk and free are 20.0 GB; the most that fit are" in problem


@pytest.mark.usefixtures("in_empty_folder")
def test_too_few_addresses_are_a_sentence_and_no_hang(monkeypatch: Patch, capsys: Capture) -> None:
    allow(monkeypatch, addresses=0.6e9)
    assert cli.main(["run", "world=hamlet"]) == 2
    assert "GB of addresses and ulimit -v is 0.6 GB; not even" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("persons", "measured_gb"), [(4_000, 0.91), (25_000, 2.52)], ids=["hamlet", "town"]
)
def test_the_memory_that_was_measured_is_near_the_estimate(
    persons: int, measured_gb: float
) -> None:
    """Measured with ``run regime=silo repetitions=1 jobs=1``: the largest resident set."""
    size = [f"world.population.persons={persons}", "repetitions=1", "jobs=1", "regime=silo"]
    assert needs("run", settings_for(size)).memory_gb == pytest.approx(measured_gb, rel=0.5)


def test_the_cases_expected_are_those_that_a_world_has(settings: Settings, truth: Truth) -> None:
    late = truth.cases["contact_time"] >= settings.evaluation.test_day * DAY
    for form, count in expected_cases(settings).items():
        own = truth.cases["succeeded"] & late & (truth.cases["form"] == form)
        assert count > 20
        assert abs(own.sum() - count) < 4 * math.sqrt(count)


@pytest.mark.usefixtures("in_empty_folder")
def test_check_tells_how_much_fraud_there_is_to_find(capsys: Capture) -> None:
    assert cli.main(["check"]) == 0
    out = capsys.readouterr().out
    assert "115 of bank_helpdesk; 41 at bank_a" in out
    assert "warning" not in out


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["scenario=none"], "scenario=none: there is no fraud in this world"),
        (["scenario=mix", "world.population.persons=500"], "0.12 of bank_helpdesk"),
        (["regime=silo", "privacy=record_dp"], "protects a model that nobody else sees"),
    ],
)
@pytest.mark.usefixtures("in_empty_folder")
def test_what_says_nothing_is_warned_about(words: list[str], told: str, capsys: Capture) -> None:
    assert cli.main(["check", *words]) == 0
    warned = [line for line in capsys.readouterr().out.splitlines() if line.startswith("warning: ")]
    assert told in "\n".join(warned)


def test_it_is_told_how_many_reports_each_bank_has_to_learn_from() -> None:
    settings = settings_for(["study=demo"])
    learned, validated = beforehand.known(settings)
    numbers = [
        [float(part.split(" at ")[0]) for part in line.split(": ")[1].split(", ")]
        for line in (learned, validated)
    ]
    form, evaluation = settings.scenario.forms["bank_helpdesk"], settings.evaluation
    days = (evaluation.warm_up_days * DAY, evaluation.test_day * DAY)
    told = expected_reports(form, settings.world, *days)
    assert sum(numbers[0]) == pytest.approx(told, rel=0.03)
    assert numbers[0][0] == pytest.approx(told * settings.world.market.bank["bank_a"], abs=0.5)
    assert all(few < many for few, many in zip(numbers[1], numbers[0], strict=True))
