"""What an import makes of features, fraud flags, keys and clocks."""

from pathlib import Path
from typing import Any

import yaml

from proeftuin.imports.importing import import_tables
from synthetic_data.stored import load_world
from synthetic_data.world import FeatureBounds, Truth, World

ACCOUNTS = "iban\nNL01BANK01\nNL01BANK02\n"


def imported(
    place: Path, payments: str, columns: dict[str, Any], **tables: Any
) -> tuple[World, Truth]:
    """Import one bank with two accounts and the given payments."""
    (place / "payments.csv").write_text(payments)
    (place / "accounts.csv").write_text(ACCOUNTS)
    names = {"payment": "id", "payer": "from", "payee": "to", "amount_eur": "eur"} | columns
    features = tables.pop("features", {})
    bank = {
        "payments": {"file": "payments.csv", "columns": names, "features": features},
        "accounts": {"file": "accounts.csv", "columns": {"account": "iban"}},
        **tables,
    }
    content = {"partners": [{"name": "bank_a", "sector": "bank", "tables": bank}]}
    (place / "mapping.yaml").write_text(yaml.safe_dump(content))
    import_tables(place / "mapping.yaml", place / "world")
    return load_world(place / "world")


def test_a_feature_stays_within_its_public_bounds(tmp_path: Path) -> None:
    rows = [
        "2025-01-06,1,NL01BANK01,NL01BANK02,5,7",
        "2025-01-07,2,NL01BANK01,NL01BANK02,5,-3",
        "2025-01-08,3,NL01BANK01,NL01BANK02,5,",
        "2025-01-09,4,NL01BANK01,NL01BANK02,5,0.25",
    ]
    feature = {"column": "score", "low": 0.0, "high": 1.0, "unit": "share", "missing": 0.5}
    world, _ = imported(
        tmp_path,
        "\n".join(["t,id,from,to,eur,score", *rows]),
        {"time": "t"},
        features={"risk": feature},
    )
    in_time = world.features.values.set_index("payment").loc[world.tables["payments"]["payment"]]
    assert in_time["risk"].tolist() == [1.0, 0.0, 0.5, 0.25]
    assert world.features.measures == {"risk": FeatureBounds(0.0, 1.0, "share")}


def test_a_file_with_a_fraud_column_is_its_own_list_of_reports(tmp_path: Path) -> None:
    rows = [
        "2025-01-06,1,NL01BANK01,NL01BANK02,5,0,",
        "2025-01-07,2,NL01BANK01,NL01BANK02,6,1,2025-01-08",
        "2025-01-09,3,NL01BANK01,NL01BANK02,7,0,",
    ]
    reports = {
        "file": "payments.csv",
        "columns": {"event": "id", "label": "fraud", "known_at": "seen"},
    }
    world, truth = imported(
        tmp_path,
        "\n".join(["t,id,from,to,eur,fraud,seen", *rows]),
        {"time": "t"},
        labels=reports,
    )
    assert truth.payments["amount_eur"].tolist() == [6.0]
    assert world.labels["kind"].tolist() == ["payee", "payment"]
    assert world.labels["known_at"].tolist() == [3 * 86_400 - 1] * 2  # at the end of that day


def test_account_numbers_link_however_they_are_spaced(tmp_path: Path) -> None:
    payments = "t,id,from,to,eur\n2025-01-08 09:00:00,1,nl01 bank 01,NL01-BANK-02,5\n"
    world, _ = imported(tmp_path, payments, {"time": "t"})
    assert world.tables["payments"][["payer_bank", "payee_bank"]].to_numpy().tolist() == [[0, 0]]


def test_day_0_is_the_monday_before_by_the_wall_clock(tmp_path: Path) -> None:
    """Late on a summer Sunday in universal time is Monday already in Amsterdam."""
    payments = "t,id,from,to,eur\n2025-06-29T22:30:00Z,1,NL01BANK01,NL01BANK02,5\n"
    world, _ = imported(tmp_path, payments, {"time": "t"})
    assert world.tables["payments"]["time"].tolist() == [1800]
    assert world.days == 1
