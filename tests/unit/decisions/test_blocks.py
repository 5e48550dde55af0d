import dataclasses

from proeftuin.decisions.blocks import ESTABLISHED_PAYERS, own_blocks, without_established
from synthetic_data.clock import DAY
from synthetic_data.reports import NEVER
from tests.fixtures.counted_world import interventions, make_world


def report(partner: str, case: int, code: int, day: int, until: int = NEVER, kind: str = "payee"):
    return {"partner": partner, "case": case, "kind": kind, "value": code, "known_at": day * DAY,
            "withdrawn_at": until}  # fmt: skip


def spells(*reports: dict, after: int = 1) -> list[tuple[object, ...]]:
    usual = interventions()
    bank = dataclasses.replace(usual.by_sector["bank"], block_after=after)
    changed = usual.model_copy(update={"bank": bank})
    found = own_blocks(make_world({}, list(reports)), changed)
    return list(found[["sector", "partner", "entity", "code", "since", "until"]].itertuples(
        index=False, name=None))  # fmt: skip


def test_an_account_is_refused_from_its_report_until_it_is_withdrawn() -> None:
    assert spells(report("bank_b", 1, 60, 2, 5 * DAY)) == [
        ("bank", 1, "account", 60, 2 * DAY, 5 * DAY)
    ]


def test_nobody_is_refused_for_a_report_to_somebody_else() -> None:
    assert spells(report("police", 1, 60, 2)) == []


def test_two_reports_of_one_victim_are_not_two_victims() -> None:
    assert spells(report("bank_a", 1, 60, 2), report("bank_a", 1, 60, 3), after=2) == []


def test_the_second_report_blocks_while_both_stand() -> None:
    reports = [report("bank_a", 1, 60, 2, 6 * DAY), report("bank_a", 2, 60, 4)]
    assert spells(*reports, report("bank_a", 3, 60, 8), after=2) == [
        ("bank", 0, "account", 60, 4 * DAY, 6 * DAY),
        ("bank", 0, "account", 60, 8 * DAY, NEVER),
    ]


def test_nobody_blocks_by_itself_where_that_is_switched_off() -> None:
    assert spells(report("bank_a", 1, 60, 2), after=0) == []


def test_an_account_that_everybody_pays_is_looked_at_first() -> None:
    """One report about a supermarket stops nobody; one about an unknown account does."""
    world = make_world(
        {
            "payments": [
                {"time": DAY, "payment": payer, "payer": payer, "payee": 60, "payer_bank": 0}
                for payer in range(ESTABLISHED_PAYERS)
            ]
        },
        [report("bank_a", 1, 60, 2), report("bank_a", 2, 61, 2), report("bank_b", 3, 60, 2)],
    )
    kept = without_established(own_blocks(world, interventions()), world)
    assert list(zip(kept["partner"], kept["code"], strict=True)) == [(0, 61), (1, 60)]
