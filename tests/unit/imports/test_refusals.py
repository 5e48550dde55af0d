"""What is wrong with a partner's files is said with file, row and column; nothing is half done."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from proeftuin.errors import SettingsError
from proeftuin.imports.fields import FIELDS, Reading
from proeftuin.imports.importing import import_tables
from proeftuin.imports.problems import LIMIT, shape
from tests.fixtures.partner_files import Habits, little_world, write_partners

WRONG = {
    Reading.TIME: ["soon", "2025-13-01 10:00:00", "1736150400", "2225-01-06 10:00:00"],
    Reading.DAY: ["long ago", "31-12-2010"],
    Reading.AMOUNT: ["-0.01", "12,50", "1.000.00", "much"],
    Reading.BALANCE: ["12,50", "much"],
    Reading.COUNT: ["-1", "2.5", "12345678"],
    Reading.AGE: ["-2", "121", "old"],
    Reading.FLAG: ["2", "perhaps"],
    Reading.NAME: ["Of a Kind!"],
}
#: In every file of the little world, whichever seed.
FILES = {
    "bank_a/accounts": "accounts",
    "bank_b/accounts": "accounts",
    "operator_1/calls": "calls",
    "operator_1/subscribers": "subscribers",
    "shop_1/orders": "orders",
}


@pytest.fixture
def mapping(tmp_path: Path) -> Path:
    return write_partners(little_world(seed=4, payments=12), tmp_path, Habits())


def refusal(mapping: Path) -> list[str]:
    """Import, and return the problems after looking that nothing was left behind."""
    before = {path.name for path in mapping.parent.iterdir()}
    with pytest.raises(SettingsError) as caught:
        import_tables(mapping, mapping.parent / "world")
    assert {path.name for path in mapping.parent.iterdir()} == before
    return caught.value.problems


def change(mapping: Path, file: str, edit: Callable[[pd.DataFrame], pd.DataFrame]) -> None:
    path = mapping.parent / f"{file}.csv"
    edit(pd.read_csv(path, dtype=str, keep_default_na=False)).to_csv(path, index=False)


def remap(mapping: Path, edit: Callable[[list[dict[str, Any]]], object]) -> None:
    content = yaml.safe_load(mapping.read_text())
    edit(content["partners"])
    mapping.write_text(yaml.safe_dump(content))


@pytest.fixture(scope="module")
def good(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A mapping of files without problems, for tests that put them back as they were."""
    return write_partners(little_world(4, 12), tmp_path_factory.mktemp("good"), Habits())


@settings(max_examples=40, deadline=None)
@given(data=st.data())
def test_any_single_wrong_cell_is_refused_with_its_row(good: Path, data: st.DataObject) -> None:
    file = data.draw(st.sampled_from(sorted(FILES)))
    fields = FIELDS[FILES[file]]
    wrong_by_name = {
        name: WRONG.get(field.reading, []) + [""] * (field.fill is None)
        for name, field in fields.items()
    }
    # Any text can be an optional identifier.
    name = data.draw(st.sampled_from([name for name, wrong in wrong_by_name.items() if wrong]))
    wrong = wrong_by_name[name]
    path = good.parent / f"{file}.csv"
    right = path.read_text()
    rows = pd.read_csv(path, dtype=str, keep_default_na=False)
    value, row = data.draw(st.sampled_from(wrong)), data.draw(st.integers(0, len(rows) - 1))
    rows.loc[row, f"Their {name}"] = value
    rows.to_csv(path, index=False)
    try:
        [problem] = refusal(good)
    finally:
        path.write_text(right)
    assert problem.startswith(f"{file}.csv, row {row + 2}, column 'Their {name}': ")
    assert not value or f"'{shape(value)}'" in problem


def test_rows_are_counted_as_in_the_file(mapping: Path) -> None:
    """Blank lines and rows of the wrong length do not shift the numbers after them."""
    path = mapping.parent / "operator_1/calls.csv"
    lines = path.read_text().splitlines()
    lines[2:2] = ["", "one,two"]
    cells = lines[6].split(",")
    lines[6] = ",".join(["never", *cells[1:]])
    path.write_text("\n".join([*lines, "", ""]))
    wrong_length, wrong_time = refusal(mapping)
    assert wrong_length.startswith("operator_1/calls.csv, row 4: has 2 columns")
    assert wrong_time.startswith("operator_1/calls.csv, row 7, column 'Their time': 'aaaaa' is no")


def test_all_problems_are_told_at_once_but_not_without_end(mapping: Path) -> None:
    change(mapping, "operator_1/calls", lambda t: pd.concat([t] * 4).assign(**{"Their time": "x"}))
    change(mapping, "shop_1/orders", lambda t: t.assign(**{"Their amount_eur": "y"}))
    problems = refusal(mapping)
    calls = [problem for problem in problems if problem.startswith("operator_1/calls.csv")]
    assert len(calls) == LIMIT + 1
    assert calls[-1] == f"operator_1/calls.csv: ... and {4 * 12 - LIMIT} more"
    assert sum(problem.startswith("shop_1/orders.csv") for problem in problems) == 12


def test_an_identifier_is_never_repeated_in_a_message(mapping: Path) -> None:
    change(mapping, "shop_1/orders", lambda t: t.assign(**{"Their order": "NL00SECRET"}))
    problems = refusal(mapping)
    assert len(problems) == 11
    assert problems[0].startswith("shop_1/orders.csv, row 3, column 'Their order': stands in row 2")
    assert not any("SECRET" in problem for problem in problems)


def test_moments_with_and_without_zone_do_not_mix(mapping: Path) -> None:
    def edit(rows: pd.DataFrame) -> pd.DataFrame:
        rows.loc[3, "Their time"] += "+01:00"
        return rows

    change(mapping, "shop_1/orders", edit)
    [problem] = refusal(mapping)
    assert "row 5" in problem
    assert "some moments have a time zone and some have none" in problem


def test_a_report_before_its_payment_is_refused(mapping: Path) -> None:
    change(
        mapping, "bank_a/labels", lambda t: t.assign(**{"Their known_at": "2025-01-01 00:00:00"})
    )
    problems = refusal(mapping)
    assert problems[0].startswith("bank_a/labels.csv, row 2, column 'Their known_at': lies before")


def test_a_report_about_nothing_is_refused(mapping: Path) -> None:
    change(mapping, "police/labels", lambda t: t.assign(**{"Their event": "NL99"}))
    change(mapping, "bank_a/labels", lambda t: t.assign(**{"Their event": "none such"}))
    problems = refusal(mapping)
    assert any(
        "is a payee that stands in no table of its holder" in problem for problem in problems
    )
    assert any(
        "is a payment that stands in no table of its holder" in problem for problem in problems
    )


def test_an_account_is_at_one_bank(mapping: Path) -> None:
    path = mapping.parent / "bank_b/accounts.csv"
    stolen = (mapping.parent / "bank_a/accounts.csv").read_text().splitlines()[1]
    path.write_text(f"{path.read_text()}{stolen}\n")
    problems = refusal(mapping)
    assert problems[0].startswith(
        "bank_b/accounts.csv, row 5, column 'Their account': is an account"
    )


def test_two_banks_must_agree_about_a_payment(mapping: Path) -> None:
    sent = pd.read_csv(mapping.parent / "bank_a/payments.csv", dtype=str)
    received = pd.read_csv(mapping.parent / "bank_b/payments.csv", dtype=str)
    both = received.index[received["Their payment"].isin(sent["Their payment"])]
    assert len(both)

    def edit(rows: pd.DataFrame) -> pd.DataFrame:
        rows.loc[both[0], "Their amount_eur"] = "1234567.89"
        return rows

    change(mapping, "bank_b/payments", edit)
    [problem] = refusal(mapping)
    assert f"bank_b/payments.csv, row {both[0] + 2}, column 'Their amount_eur'" in problem


def test_a_payment_under_two_references_is_not_counted_twice(mapping: Path) -> None:
    known = pd.read_csv(mapping.parent / "bank_a/accounts.csv", dtype=str)["Their account"]
    received = pd.read_csv(mapping.parent / "bank_b/payments.csv", dtype=str)
    from_a = received.index[received["Their payer"].isin(known)]
    assert len(from_a)

    def edit(rows: pd.DataFrame) -> pd.DataFrame:
        rows.loc[from_a[0], "Their payment"] = "bank b's own number"
        return rows

    change(mapping, "bank_b/payments", edit)
    assert (
        f"row {from_a[0] + 2}, column 'Their payment': is not in bank_a/payments.csv"
        in "\n".join(refusal(mapping))
    )


def test_files_that_cannot_be_used_are_named(mapping: Path) -> None:
    (mapping.parent / "operator_1/subscribers.csv").unlink()
    (mapping.parent / "bank_b/accounts.csv").write_bytes(b"")
    change(mapping, "shop_1/orders", lambda t: t.iloc[:0])
    change(mapping, "operator_1/calls", lambda t: t.rename(columns={"Their time": "Their timme"}))
    told = "\n".join(refusal(mapping))
    assert "operator_1/subscribers.csv: no such file" in told
    assert "bank_b/accounts.csv: cannot be read" in told
    assert "shop_1/orders.csv: holds no rows" in told
    assert "no column 'Their time' for calls.columns.time; did you mean 'Their timme'?" in told


@pytest.mark.parametrize(
    ("edit", "told"),
    [
        (lambda p: p[0].update(sector="banks"), "partners.bank_a.sector"),
        (lambda p: p[0].update(sektor="bank"), "sektor: unknown key; did you mean sector?"),
        (lambda p: p[0].update(name="bank_b"), "bank: bank_b is a partner of sector bank already"),
        (lambda p: p[0].update(name="operator_1"), "operator_1 is a partner of sector bank al"),
        (lambda p: p[0].update(name="Rabo (NL)"), "bank: 'Rabo (NL)' becomes a key"),
        (lambda p: p[0].update(name=True), "partners.0.name=true: is no text to YAML, as yes, no,"),
        (lambda p: p[0].update(name="../up"), "bank: '../up' becomes a key"),
        (lambda p: p[0]["tables"].pop("accounts"), "a bank needs accounts"),
        (lambda p: p[0]["tables"].update(call=p[2]["tables"]["calls"]), "no table of a bank"),
        (lambda p: p[2]["tables"]["calls"]["columns"].pop("time"), "columns.time: missing"),
        (lambda p: p[2]["tables"]["calls"]["columns"].update(tme="x"), "did you mean time?"),
        (
            lambda p: p[2]["tables"]["calls"]["columns"].update(time={"column": "x", "unit": "w"}),
            "unit=w: allowed is s, ms, us, min, h, d",
        ),
        (
            lambda p: p[0]["tables"]["payments"].update(
                features={"score": {"column": "x", "low": 1.0, "high": 0.0, "unit": "EUR"}}
            ),
            "low=1.0 must be below high=0.0",
        ),
        (
            lambda p: p[0]["tables"]["payments"].update(
                features={"score": {"column": "x", "low": 1.0, "unit": "EUR"}}
            ),
            "bank_a.tables.payments.features.score.high: missing; add the highest number there "
            "can be, known without looking at the data",
        ),
        (
            lambda p: p[0]["tables"]["payments"].update(
                features={"score": {"column": "x", "low": float("-inf"), "high": 1, "unit": "EUR"}}
            ),
            "bank_a.tables.payments.features.score.low=-inf: Input should be a finite number; give",
        ),
        (
            lambda p: p[1]["tables"]["payments"].update(
                features={"score": {"column": "x", "low": 0.0, "high": 1.0, "unit": "EUR"}}
            ),
            "bank_a.tables.payments.features.score: missing, but bank_b has it",
        ),
        (
            lambda p: [
                p[bank]["tables"]["payments"].update(
                    features={"score": {"column": "x", "low": 0.0, "high": high, "unit": "EUR"}}
                )
                for bank, high in ((0, 1.0), (1, 100.0))
            ],
            "bank_b.tables.payments.features.score.high=100.0: is 1.0 at bank_a, and must be the "
            "same at every bank; correct one",
        ),
    ],
)
def test_a_wrong_mapping_is_explained(
    mapping: Path, edit: Callable[[list[dict[str, Any]]], object], told: str
) -> None:
    remap(mapping, edit)
    assert told in "\n".join(refusal(mapping))


def test_nothing_is_left_when_writing_fails(mapping: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object, **__: object) -> None:
        raise OSError("no space left")

    monkeypatch.setattr("synthetic_data.stored.pq.write_table", full)
    with pytest.raises(OSError, match="no space"):
        import_tables(mapping, mapping.parent / "deep" / "world")
    assert list((mapping.parent / "deep").iterdir()) == []


def test_an_existing_folder_is_not_overwritten(mapping: Path) -> None:
    world = mapping.parent / "world"
    world.mkdir()
    (world / "precious").touch()
    with pytest.raises(SettingsError, match="exists already"):
        import_tables(mapping, world)
    assert [path.name for path in world.iterdir()] == ["precious"]


def test_a_payment_among_strangers_is_refused(mapping: Path) -> None:
    def edit(rows: pd.DataFrame) -> pd.DataFrame:
        strange = {"Their payer": "NL98", "Their payee": "NL99", "Their payment": "new"}
        return pd.concat([rows, rows.iloc[:1].assign(**strange)])

    rows = len(pd.read_csv(mapping.parent / "bank_a/payments.csv"))
    change(mapping, "bank_a/payments", edit)
    [problem] = refusal(mapping)
    place = f"bank_a/payments.csv, row {rows + 2}, column 'Their payer'"
    assert problem.startswith(f"{place}: and payee are no accounts of bank_a")


def test_a_caller_who_is_no_customer_is_refused(mapping: Path) -> None:
    def edit(rows: pd.DataFrame) -> pd.DataFrame:
        rows.loc[5, "Their subscriber"] = "+31 6 0000 0000"
        return rows

    change(mapping, "operator_1/calls", edit)
    [problem] = refusal(mapping)
    assert problem.startswith("operator_1/calls.csv, row 7, column 'Their subscriber': does not")


def test_a_report_withdrawn_before_it_was_made_is_refused(mapping: Path) -> None:
    gone = {"Their withdrawn_at": "2025-01-06 00:00:00"}
    change(mapping, "bank_a/labels", lambda t: t.assign(**gone))
    problems = refusal(mapping)
    assert problems[0].startswith("bank_a/labels.csv, row 2, column 'Their withdrawn_at': lies")


def test_an_empty_feature_of_a_payment_that_the_bank_sends_is_refused(mapping: Path) -> None:
    def keep(rows: Any) -> None:
        """Leave bank_a's scores empty in the other rows."""
        change(mapping, "bank_a/payments", lambda t: t.assign(score=t["score"].where(rows, "")))

    feature = {"column": "score", "low": 0.0, "high": 1.0, "unit": "share"}
    for bank in ("bank_a", "bank_b"):
        change(mapping, f"{bank}/payments", lambda rows: rows.assign(score="0.5"))
    remap(
        mapping,
        lambda p: [bank["tables"]["payments"].update(features={"risk": feature}) for bank in p[:2]],
    )
    accounts = pd.read_csv(mapping.parent / "bank_a/accounts.csv")["Their account"]
    payer = pd.read_csv(mapping.parent / "bank_a/payments.csv")["Their payer"]
    sent = payer.isin(accounts)
    keep(sent)
    import_tables(mapping, mapping.parent / "fine")
    scores = pd.read_parquet(mapping.parent / "fine" / "features.parquet")
    assert (scores["risk"] == 0.5).all()
    first = int(sent.to_numpy().argmax())
    keep(sent.index != first)
    [problem] = refusal(mapping)
    place = f"bank_a/payments.csv, row {first + 2}, column 'score'"
    assert problem.startswith(f"{place}: is empty; fill it in, or say under missing")
