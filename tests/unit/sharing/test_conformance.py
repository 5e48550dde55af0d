"""What every instrument owes the people it is about, whatever it tells."""

import dataclasses
from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest

from proeftuin.instruments.base import Instrument
from proeftuin.instruments.registry import INSTRUMENTS
from proeftuin.settings.compose import settings_for
from proeftuin.sharing.information import InformationSets
from proeftuin.sharing.query import with_answers
from synthetic_data.arrays import Ints
from synthetic_data.clock import DAY
from synthetic_data.codes import Codes
from synthetic_data.reports import NEVER
from synthetic_data.schema import TABLES
from synthetic_data.seeds import Seeds
from synthetic_data.world import World
from tests.fixtures.instruments import changed, consumers, instrument, mechanism, told

EVERY = sorted(INSTRUMENTS)
#: What a bank knows of accounts that it holds without asking anybody.
KNOWN_ITSELF = ("name_check", "payee_facts", "evr")
KEYS = ("account", "phone", "device")
CUT = 75 * DAY


def eager(name: str, **values: object) -> Instrument:
    """Return the instrument with a threshold at which it has something to tell in a hamlet."""
    often = {"looked_up": "daily", "proof_days": 0.0} if name == "evr" else {}
    return changed(instrument(name), threshold=1, **often, **values)


@pytest.fixture(scope="module")
def cut(world: World, seeds: Seeds) -> InformationSets:
    """Return the world as it was known on a day: without what happened later."""
    tables = {
        name: rows[rows["time"] < CUT] if "time" in rows else rows
        for name, rows in world.tables.items()
    }
    labels = world.labels[world.labels["known_at"] < CUT]
    gone = labels["withdrawn_at"].to_numpy()
    labels = labels.assign(withdrawn_at=np.where(gone < CUT, gone, NEVER))
    return InformationSets(dataclasses.replace(world, tables=tables, labels=labels), seeds)


@pytest.fixture(scope="module")
def renamed(world: World, seeds: Seeds) -> InformationSets:
    """Return the world with other account numbers, phone numbers and fingerprints."""
    codes = {kind: Codes(Seeds(1), kind) for kind in KEYS}
    tables = {}
    for name, rows in world.tables.items():
        columns = {
            column: _renamed(rows[column], codes[about.entity])
            for column, about in TABLES[name].columns.items()
            if about.entity in KEYS
        }
        tables[name] = rows.assign(**columns)
    value, kind = world.labels["value"].to_numpy(), world.labels["kind"].to_numpy()
    renamed = np.select(
        [kind == "payee", kind == "caller"], [codes["account"](value), codes["phone"](value)], value
    )
    labels = world.labels.assign(value=renamed)
    return InformationSets(dataclasses.replace(world, tables=tables, labels=labels), seeds)


def _renamed(column: pd.Series, code: Callable[[Ints], Ints]) -> Ints:
    values = column.to_numpy()
    return np.where(values >= 0, code(np.maximum(values, 0)), -1).astype(values.dtype)


@pytest.mark.parametrize("name", EVERY)
class TestEveryInstrument:
    def test_tells_somebody_something_within_its_public_bounds(
        self, information: InformationSets, name: str
    ) -> None:
        answers = [told(information, d, eager(name)) for d in consumers(information, eager(name))]
        assert any(answer.hits.any() for answer in answers)
        for answer in answers:
            assert answer.columns.keys() == answer.bounds.keys()
            for column, values in answer.columns.items():
                low, high = answer.bounds[column]
                assert np.isfinite(values).all()
                assert (values >= low).all()
                if column != "log_payers_elsewhere":
                    assert (values <= high).all()

    def test_knows_nothing_of_the_future(
        self, information: InformationSets, cut: InformationSets, name: str
    ) -> None:
        for desk in consumers(information, eager(name)):
            whole, before = (told(each, desk, eager(name)) for each in (information, cut))
            earlier = information.own(desk).time < CUT
            np.testing.assert_array_equal(whole.hits[earlier], before.hits)
            for column, values in before.columns.items():
                np.testing.assert_array_equal(whole.columns[column][earlier], values)

    def test_does_not_depend_on_what_identifiers_look_like(
        self, information: InformationSets, renamed: InformationSets, name: str
    ) -> None:
        noisy = eager(name, match_rate=0.7, false_match_rate=0.01)
        for desk in consumers(information, noisy):
            ours, theirs = (told(each, desk, noisy) for each in (information, renamed))
            for column, values in ours.columns.items():
                np.testing.assert_array_equal(values, theirs.columns[column])

    def test_is_silent_where_nobody_is_found(self, information: InformationSets, name: str) -> None:
        nobody = eager(name, match_rate=0.0)
        for desk in consumers(information, nobody):
            assert not told(information, desk, nobody).hits.any()

    def test_never_asks_the_consumer_itself(self, information: InformationSets, name: str) -> None:
        for desk in consumers(information, eager(name)):
            flows = told(information, desk, eager(name)).flows
            assert [flow for flow in flows if flow.sender == flow.receiver] == []
            assert all(desk.name in (flow.sender, flow.receiver) for flow in flows)
            alone = information.answer(desk, eager(name), frozenset({desk.partner}))
            about = information.own(desk).entities.get("account", np.zeros(0, dtype=np.int64))
            accounts = information.world.tables["accounts"]
            held = accounts.loc[accounts["bank"] == desk.index, "account"]
            own = np.isin(about, held) & (name in KNOWN_ITSELF)
            assert not (alone.hits & ~own).any() if len(own) else not alone.hits.any()

    def test_says_about_how_many_persons_something_crossed(
        self, information: InformationSets, name: str
    ) -> None:
        flows = [
            flow
            for desk in consumers(information, eager(name))
            for flow in told(information, desk, eager(name)).flows
        ]
        assert sum(flow.records for flow in flows) > 0
        assert sum(flow.persons for flow in flows) > 0
        for flow in flows:
            assert (flow.about >= 0).all()
            assert len(np.unique(flow.about)) == len(flow.about)

    def test_moves_in_clear_what_no_mechanism_protects(
        self, information: InformationSets, name: str
    ) -> None:
        """Otherwise two tables of a report contradict each other about its protection."""
        plain = eager(name, mechanism=mechanism("plain"))
        for desk in consumers(information, plain):
            assert {flow.form for flow in told(information, desk, plain).flows} <= {"in_clear"}

    def test_has_a_legal_card_with_a_marked_source(
        self, information: InformationSets, name: str
    ) -> None:
        card = INSTRUMENTS[name].LEGAL
        assert card.data
        assert card.whose
        assert card.source.startswith(("[S]", "[D]", "[A]"))


LISTS = ["suspicious_devices", "payee_register", "police_iban"]


@pytest.mark.parametrize("name", LISTS)
def test_the_false_match_rate_is_the_share_of_innocents_listed(
    information: InformationSets, name: str
) -> None:
    wrong = eager(name, match_rate=0.0, false_match_rate=0.05, latency="real_time")
    desk, kind = information.desks[0], instrument(name).ENTITY
    table = information.own(desk)
    late = table.time > 50 * DAY
    hits, code = told(information, desk, wrong).hits[late], table.entities[kind][late]
    share = len(np.unique(code[hits])) / len(np.unique(code))
    assert share == pytest.approx(0.05, rel=0.3)


@pytest.mark.parametrize("name", LISTS)
def test_errors_of_one_consumer_are_not_those_of_another(
    information: InformationSets, name: str
) -> None:
    wrong = eager(name, match_rate=0.0, false_match_rate=0.1)
    kind, hit, met = instrument(name).ENTITY, [], []
    for desk in information.desks[:2]:
        codes = information.own(desk).entities[kind]
        met.append(set(codes))
        hit.append(set(codes[told(information, desk, wrong).hits]))
    both = met[0] & met[1]
    assert hit[0] & both != hit[1] & both


def test_a_takedown_starts_when_it_is_told_and_ends(information: InformationSets) -> None:
    blocked = [
        told(information, desk, eager("trusted_flagger", retention_days=10.0)).blocks
        for desk in consumers(information, eager("trusted_flagger"))
    ]
    rows = pd.concat(blocked)
    assert len(rows) > 0
    assert (rows["since"] % DAY == 0).all()
    assert (rows["until"] - rows["since"] <= 10 * DAY).all()
    assert set(rows["by"]) == {"trusted_flagger"}


def test_shared_reports_add_labels_and_no_more_than_once_told(information: InformationSets) -> None:
    everyone = information.world.coalition("all")
    added = 0
    for desk in information.desks[:5]:
        table, answer = information.own(desk), told(information, desk, instrument("shared_labels"))
        assert (answer.reports.known_at % DAY == 0).all()
        late = information.world.days * DAY
        added += with_answers(table, [answer]).labelled(late).sum() - table.labelled(late).sum()
        nobody = changed(instrument("shared_labels"), match_rate=0.0)
        assert len(information.answer(desk, nobody, everyone).reports.row) == 0
    assert added > 0


@pytest.mark.parametrize("name", ["chain", "all_instruments_federated", "centre", "psr"])
def test_a_regime_gives_every_desk_of_a_sector_the_same_columns(
    information: InformationSets, name: str
) -> None:
    regime = settings_for([f"regime={name}"]).arms["chosen"].regime
    inputs = information.inputs_of(regime)
    assert set(inputs.tables) == set(information.desks)
    for sector in {desk.sector for desk in information.desks}:
        names = {t.names for desk, t in inputs.tables.items() if desk.sector == sector}
        assert len(names) == 1
    asked = {flow.receiver for flow in inputs.flows} | {f.sender for f in inputs.flows}
    assert len(asked) > 1
