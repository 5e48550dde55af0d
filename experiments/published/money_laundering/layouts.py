"""One world of payments in the files of two well-known simulators of money laundering.

Column names, order and formats are those of AMLworld's files on Kaggle (``HI-Small_Trans.csv`` and
its companions) and of AMLSim's default schema (``paramFiles/1K/schema.json``).
"""

from pathlib import Path

import numpy as np
import pandas as pd

WORLD_START, SIM_START = pd.Timestamp("2022-09-01"), pd.Timestamp("2017-01-01")
#: Currencies of accounts, and what a dollar is in each; the rates are made up.
CURRENCIES = {"US Dollar": 1.0, "Euro": 0.95, "Yuan": 7.0}
#: AMLSim's numbers of the patterns.
MODEL_IDS = {
    "fan_out": 1,
    "fan_in": 2,
    "cycle": 3,
    "bipartite": 4,
    "stack": 5,
    "random": 6,
    "scatter_gather": 7,
    "gather_scatter": 8,
}
#: What AMLworld writes behind the name of a pattern, with the number of payments.
REMARKS = {"fan_out": ":  Max {}-degree Fan-Out", "fan_in": ":  Max {}-degree Fan-In"}
REMARKS |= {"cycle": ":  Max {} hops", "random": ":  Max {} hops"}
#: Columns of AMLSim's accounts that only hold invented personal data; left empty here.
NAME_COLUMNS = ("first_name", "last_name", "street_addr", "city", "state")
PERSON_COLUMNS = ("zip", "gender", "birth_date", "ssn", "lon", "lat")


def write_amlworld(folder: Path, accounts: pd.DataFrame, payments: pd.DataFrame) -> None:
    """Write ``HI-Small_Trans.csv``, ``HI-Small_accounts.csv`` and ``HI-Small_Patterns.txt``.

    Two columns of the first are called ``Account``, as in the original; pandas reads the second as
    ``Account.1``. A bank's number begins with a zero, so read it as text. Money is in the payer's
    currency, unless the payment was converted.
    """
    folder.mkdir(parents=True, exist_ok=True)
    bank = np.array([f"0{10 * (number + 1)}" for number in range(accounts["bank"].max() + 1)])
    bank = bank[accounts["bank"]]
    code = np.array([f"{0x800000000 + 16 * number:09X}" for number in range(len(accounts))])
    payer, payee = payments["payer"].to_numpy(), payments["payee"].to_numpy()
    moment = WORLD_START + pd.to_timedelta(payments["minute"], unit="min")
    currency, rate = np.array(list(CURRENCIES)), np.array(list(CURRENCIES.values()))
    paid = accounts["currency"].to_numpy()[payer]
    received = np.where(payments["converted"], accounts["currency"].to_numpy()[payee], paid)
    rows = pd.DataFrame(
        {
            "Timestamp": moment.dt.strftime("%Y/%m/%d %H:%M"),
            "From Bank": bank[payer],
            "Account": code[payer],
            "To Bank": bank[payee],
            "Account.1": code[payee],
            "Amount Received": payments["amount"] * rate[received],
            "Receiving Currency": currency[received],
            "Amount Paid": payments["amount"] * rate[paid],
            "Payment Currency": currency[paid],
            "Payment Format": payments["format"],
            "Is Laundering": payments["laundering"],
        }
    )
    header = [name.removesuffix(".1") for name in rows.columns]
    text = rows.to_csv(None, header=header, index=False, float_format="%.2f")
    (folder / "HI-Small_Trans.csv").write_text(text, encoding="utf-8")

    kind = np.where(accounts["company"], "Corporation", "Individual")
    entity = accounts["entity"]
    owners = {
        "Bank Name": [f"Bank #{number}" for number in accounts["bank"] + 1],
        "Bank ID": bank,
        "Account Number": code,
        "Entity ID": [f"{0x800000000 + 16 * number:09X}" for number in entity],
        "Entity Name": [f"{word} #{number}" for word, number in zip(kind, entity, strict=True)],
    }
    pd.DataFrame(owners).to_csv(folder / "HI-Small_accounts.csv", index=False)

    lines, blocks = text.splitlines()[1:], []
    for _, part in payments[payments["attempt"] >= 0].groupby("attempt"):
        pattern = str(part["pattern"].iloc[0])
        name = pattern.upper().replace("_", "-")
        remark = REMARKS.get(pattern, "").format(len(part))
        block = [f"BEGIN LAUNDERING ATTEMPT - {name}{remark}", *(lines[row] for row in part.index)]
        blocks.append("\n".join([*block, f"END LAUNDERING ATTEMPT - {name}\n"]))
    (folder / "HI-Small_Patterns.txt").write_text("\n".join(blocks), encoding="utf-8")


def write_amlsim(folder: Path, accounts: pd.DataFrame, payments: pd.DataFrame) -> None:
    """Write ``transactions.csv``, ``accounts.csv`` and the three files about alerts.

    AMLSim knows transfers between accounts only and counts whole days; laundering outside a
    pattern has no alert there.
    """
    folder.mkdir(parents=True, exist_ok=True)
    moved = payments[payments["payer"] != payments["payee"]].reset_index(drop=True)
    day = moved["minute"] // 1_440
    date = SIM_START + pd.to_timedelta(day, unit="D")
    rows = pd.DataFrame(
        {
            "tran_id": np.arange(1, len(moved) + 1),
            "orig_acct": moved["payer"],
            "bene_acct": moved["payee"],
            "tx_type": "TRANSFER",
            "base_amt": moved["amount"],
            "tran_timestamp": date.dt.strftime("%Y-%m-%dT00:00:00Z"),
            "is_sar": moved["attempt"] >= 0,
            "alert_id": moved["attempt"],
        }
    )
    rows.to_csv(folder / "transactions.csv", index=False, float_format="%.2f")
    alerts = rows[rows["alert_id"] >= 0].assign(alert_type=moved["pattern"])
    order = ["alert_id", "alert_type", "is_sar", "tran_id", "orig_acct", "bene_acct"]
    order += ["tx_type", "base_amt", "tran_timestamp"]
    alerts[order].to_csv(folder / "alert_transactions.csv", index=False, float_format="%.2f")

    members = alerts.melt(["alert_id", "alert_type", "tran_id"], ["orig_acct", "bene_acct"])
    members = members.sort_values(["alert_id", "tran_id"], kind="stable")
    members["date"] = date[members["tran_id"] - 1].dt.strftime("%Y%m%d").to_numpy()
    bank = np.array([f"bank_{chr(ord('a') + number)}" for number in accounts["bank"]])
    once = members.drop_duplicates(["alert_id", "value"])
    pd.DataFrame(
        {
            "alert_id": once["alert_id"],
            "alert_type": once["alert_type"],
            "acct_id": once["value"],
            "acct_name": once["value"],
            "is_sar": True,
            "model_id": once["alert_type"].map(MODEL_IDS),
            "start": 0,
            "end": 1_000_000,
            "schedule_id": 2,
            "bank_id": bank[once["value"]],
        }
    ).to_csv(folder / "alert_accounts.csv", index=False)

    company = accounts["company"].to_numpy()
    first = members.drop_duplicates("value")
    pd.DataFrame(
        {
            "ALERT_ID": first["alert_id"],
            "ACCOUNT_ID": first["value"],
            "CUSTOMER_ID": "C_" + first["value"].astype(str),
            "EVENT_DATE": first["date"],
            "ALERT_TYPE": first["alert_type"],
            "ACCOUNT_TYPE": np.where(company[first["value"]], "COMPANY", "INDIVIDUAL"),
            "IS_SAR": "YES",
        }
    ).to_csv(folder / "sar_accounts.csv", index=False)

    number = np.arange(len(accounts))
    listed = {
        "acct_id": number,
        "dsply_nm": [f"C_{account}" for account in number],
        "type": np.where(company, "O", "I"),
        "acct_stat": "A",
        "acct_rptng_crncy": "USD",
        "prior_sar_count": np.where(np.isin(number, first["value"]), "true", "false"),
        "branch_id": 1,
        "open_dt": "2017-01-01T00:00:00Z",
        "close_dt": "4754-11-29T00:00:00Z",
        "initial_deposit": (accounts["activity"] * 1_000).round(2),
        "tx_behavior_id": 1,
        "bank_id": bank,
        **dict.fromkeys(NAME_COLUMNS, ""),
        "country": "US",
        **dict.fromkeys(PERSON_COLUMNS, ""),
    }
    pd.DataFrame(listed).to_csv(folder / "accounts.csv", index=False)
