"""Worlds written as partners would hand them over: other names, other units, one folder each."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import yaml

from proeftuin.imports.fields import FIELDS, LABEL_TABLE, Reading
from synthetic_data.reports import KIND_ENTITY, NEVER
from synthetic_data.schema import LABELS, TABLES
from synthetic_data.world import World

SALT = "a salt for the tests only"
START = np.datetime64("2025-01-06T00:00:00")  # a Monday in winter: Amsterdam is an hour ahead
DAY = 86_400


@dataclass(frozen=True)
class Habits:
    """How a partner writes its files."""

    moments: str = "iso"  # iso, zoned, epoch, epoch_ms or dutch
    money: str = "EUR"  # EUR, comma or cents
    delimiter: str = ","
    parquet: bool = False


def _moments(seconds: pd.Series, habits: Habits) -> tuple[pd.Series, dict[str, str]]:
    local = pd.Series(START + seconds.to_numpy().astype("timedelta64[s]"), index=seconds.index)
    utc = local - pd.Timedelta(hours=1)
    match habits.moments:
        case "iso":
            return local.dt.strftime("%Y-%m-%d %H:%M:%S"), {}
        case "zoned":
            return utc.dt.strftime("%Y-%m-%dT%H:%M:%SZ"), {}
        case "epoch":
            return (utc.astype("datetime64[s]").astype("int64")).astype(str), {"unit": "s"}
        case "epoch_ms":
            return (utc.astype("datetime64[ms]").astype("int64")).astype(str), {"unit": "ms"}
        case _:
            layout = "%d-%m-%Y %H.%M.%S"
            return local.dt.strftime(layout), {"format": layout}


def _money(amount: pd.Series, habits: Habits) -> tuple[pd.Series, dict[str, str]]:
    if habits.money == "cents":
        return np.rint(amount * 100).astype("int64").astype(str), {"unit": "cents"}
    text = amount.map("{:.2f}".format)
    if habits.money == "comma":
        return text.str.replace(".", ","), {"decimal": ","}
    return text, {}


def _column(name: str, reading: Reading, values: pd.Series, habits: Habits) -> tuple[Any, Any]:
    if reading is Reading.TIME:
        gone = values >= NEVER
        text, extra = _moments(values.mask(gone, 0), habits)
        return text.mask(gone, ""), extra
    if reading is Reading.DAY:
        days = START.astype("datetime64[D]") + values.to_numpy().astype("timedelta64[D]")
        return pd.Series(days.astype(str), index=values.index), {}
    if reading in (Reading.AMOUNT, Reading.BALANCE):
        return _money(values, habits)
    text = values.astype(str)
    return (text.mask(text == "-1", "") if reading is Reading.ID else text), {}


def write_partners(world: World, folder: Path, habits: Habits) -> Path:
    """Write every partner's tables and the mapping file that reads them; return its path."""
    partners = []
    for sector, names in world.partners.items():
        for index, partner in enumerate(names):
            frames = {
                table: rows[np.logical_or.reduce([rows[h] == index for h in TABLES[table].holders])]
                for table, rows in world.tables.items()
                if TABLES[table].sector == sector
            }
            mine = world.labels[world.labels["partner"] == partner]
            frames[LABEL_TABLE] = mine.rename(columns={"value": "event"}).assign(
                holder=_holders(world, mine)
            )
            tables = {
                table: _write(partner, table, rows, folder, habits)
                for table, rows in frames.items()
                if len(rows)
            }
            if tables:
                partners.append({"name": partner, "sector": sector, "tables": tables})
    mapping = folder / "mapping.yaml"
    mapping.write_text(yaml.safe_dump({"salt": SALT, "partners": partners}, sort_keys=False))
    return mapping


def _holders(world: World, labels: pd.DataFrame) -> pd.Series:
    """Return which shop knows an order or customer by the code that the police give."""
    holder = pd.Series("", index=labels.index)
    if "orders" not in world.tables:
        return holder
    for kind, table in (("order", "orders"), ("customer", "customers")):
        shop = world.tables[table].set_index(kind)["shop"]
        mine = labels["kind"] == kind
        names = np.array(world.partners["webshop"])
        holder[mine] = names[shop.reindex(labels["value"][mine]).to_numpy(dtype=int)]
    return holder


def _write(
    partner: str, table: str, rows: pd.DataFrame, folder: Path, habits: Habits
) -> dict[str, Any]:
    theirs, columns = {}, {}
    for name, field in FIELDS[table].items():
        if name not in rows:
            continue
        text, extra = _column(name, field.reading, rows[name], habits)
        theirs[f"Their {name}"] = text
        columns[name] = {"column": f"Their {name}", **extra}
    place = folder / partner
    place.mkdir(parents=True, exist_ok=True)
    frame = pd.DataFrame(theirs)
    if habits.parquet:
        path = place / f"{table}.parquet"
        frame.to_parquet(path, index=False)
    else:
        path = place / f"{table}.csv"
        frame.to_csv(path, index=False, sep=habits.delimiter)
    file = path.relative_to(folder).as_posix()
    return {"file": file, "columns": columns, "delimiter": habits.delimiter}


def little_world(seed: int, payments: int) -> World:
    """Two banks, an operator, a shop and the police, with a handful of rows at different times."""
    rng = np.random.default_rng(seed)
    account, bank = np.arange(100, 106), np.repeat([0, 1], 3)
    time = np.sort(rng.choice(20 * DAY, payments, replace=False))
    time[0] %= 7 * DAY
    time = np.unique(time)
    size = len(time)
    payer = rng.integers(0, 6, size)
    payee = (payer + rng.integers(1, 6, size)) % 6
    code = rng.permutation(10 * size)[:size] + 5000
    phone = np.array([200, 201, -1, 203, 204, 205])
    frames: dict[str, dict[str, Any]] = {
        "payments": {
            "time": time,
            "payment": code,
            "payer": account[payer],
            "payee": account[payee],
            "payer_bank": bank[payer],
            "payee_bank": bank[payee],
            "amount_eur": rng.integers(1, 10**6, size) / 100,
            "app": rng.integers(0, 2, size),
            "device": rng.choice([-1, 300, 301], size),
            "network": rng.choice([-1, 600, 601], size),
        },
        "accounts": {
            "account": account,
            "bank": bank,
            "age": [20, -1, 40, 50, 60, 70],
            "phone": phone,
            "opened_day": rng.integers(-3000, 20, 6),
            "opening_eur": rng.integers(-(10**5), 10**6, 6) / 100,
        },
        "calls": {
            "time": time,
            "subscriber": rng.choice([200, 203], size),
            "number": rng.integers(400, 405, size),
            "duration_s": rng.integers(0, 900, size),
            "incoming": rng.integers(0, 2, size),
            "operator": 0,
        },
        "subscribers": {"phone": [200, 203], "operator": 0, "since_day": [-50, 3]},
    }
    orders = {
        "time": time,
        "order": code,
        "shop": 0,
        "customer": 500,
        "amount_eur": 10.5,
        "pay_later": 1,
        "device": 300,
        "network": -1,
        "address": -1,
        "pick_up": 0,
    }
    frames["orders"] = orders
    tables = {
        table: _typed(table, pd.DataFrame(frames.get(table), columns=[*schema.columns]))
        for table, schema in TABLES.items()
        if schema.sector in ("bank", "telecom", "webshop")
    }
    told = rng.choice(size, min(size, 3), replace=False)
    label = pd.DataFrame(
        {
            "partner": np.where(bank[payer[told]] == 0, "bank_a", "bank_b"),
            "case": np.arange(len(told)),
            "form": "purchase",
            "kind": "payment",
            "value": code[told],
            "known_at": time[told] + 60,
            "withdrawn_at": np.where(np.arange(len(told)) == 1, time[told] + 90, NEVER),
        }
    )
    payee_label = label.assign(partner="police", kind="payee", value=account[payee[told]])
    labels = pd.concat([label, payee_label]).astype({n: c.dtype for n, c in LABELS.items()})
    stop = (time[-1] // DAY + 1) * DAY
    labels = labels[labels["known_at"] < stop]
    labels["withdrawn_at"] = labels["withdrawn_at"].mask(labels["withdrawn_at"] >= stop, NEVER)
    return World(
        partners={
            "bank": ("bank_a", "bank_b"),
            "telecom": ("operator_1",),
            "webshop": ("shop_1",),
            "police": ("police",),
        },
        days=int(time[-1] // DAY) + 1,
        tables=tables,
        labels=labels.sort_values(["known_at", "partner"], ignore_index=True),
    )


def _typed(table: str, rows: pd.DataFrame) -> pd.DataFrame:
    return rows.astype({name: column.dtype for name, column in TABLES[table].columns.items()})


def renamed(world: World) -> dict[str, pd.DataFrame]:
    """Return all tables with codes replaced by the order in which they first occur.

    Worlds whose events have different times are the same, up to the choice of codes, if this is.
    """
    seen: dict[str, dict[Any, int]] = {}

    def number(entity: str, code: int) -> int:
        known = seen.setdefault(entity, {})
        return code if code < 0 else known.setdefault(code, len(known))

    frames = {}
    events = [table for table in world.tables if "time" in TABLES[table].columns]
    for table in [*events, *(table for table in world.tables if table not in events)]:
        rows, columns = world.tables[table], TABLES[table].columns
        plain = [name for name in columns if columns[name].entity is None]
        rows = rows.sort_values("time" if table in events else plain, kind="stable").copy()
        for name in columns:
            if (entity := columns[name].entity) is not None:
                rows[name] = [number(entity, code) for code in rows[name]]
        frames[table] = rows.reset_index(drop=True)
    labels = world.labels.sort_values(["known_at", "partner", "kind"], kind="stable")
    value = [
        number(KIND_ENTITY[kind], code)
        for kind, code in zip(labels["kind"], labels["value"], strict=True)
    ]
    case = labels.groupby(["partner", "case"], sort=False).ngroup()
    frames["labels"] = labels.assign(value=value, case=case).reset_index(drop=True)
    return frames
