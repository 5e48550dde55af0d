"""The reports of an imported world, and what they make of its truth; both fit in memory."""

from dataclasses import dataclass
from typing import Any

import pandas as pd

from proeftuin.imports.assembly import EVENTS, Assembly
from proeftuin.imports.mapping import Mapping
from synthetic_data.reported import as_reported
from synthetic_data.stored import TRUTH, TRUTH_COLUMNS
from synthetic_data.world import World


@dataclass(frozen=True, eq=False)
class Reported:
    """What is known of fraud in an imported world.

    Attributes:
        reports: all label events (``schema.LABELS``), also those after the last day.
        fraud: (rows,) table of every row that counts as fraud.
        about: ``persons``, ``customers``, ``forms``, ``nation`` and ``answers``, as ``world.json``
            has them.
    """

    reports: pd.DataFrame
    fraud: "pd.Series[str]"
    about: dict[str, Any]


def save_reports(assembly: Assembly, mapping: Mapping) -> Reported:
    """Write the reports and the truth beside the tables that were written."""
    reports = assembly.reports()
    known = assembly.known(reports)
    named = {
        table: assembly.rows_named(event, reports.loc[reports["kind"] == event, "value"])
        for event, table in EVENTS.items()
        if (reports["kind"] == event).any()
    }
    if "payments" in named:
        named["accounts"] = assembly.accounts(named["payments"]["payer"])
    reduced = World(assembly.partners, assembly.days, named, known)
    truth = as_reported(reduced, reports, mapping.persons or assembly.listed())
    assembly.keep("labels", known)
    for name in TRUTH_COLUMNS:
        assembly.keep(f"{TRUTH}/{name}", getattr(truth, name))
    banks = assembly.partners.get("bank", ())
    about = {
        "persons": truth.persons,
        "customers": assembly.customers(),
        "forms": sorted(set(truth.cases["form"])),
        "nation": mapping.persons is not None,
        "answers": {
            "names": False,
            "holders": assembly.knows_holders(),
            "bank_reports": bool(known["partner"].isin(banks).any()),
        },
    }
    return Reported(reports, truth.events["table"], about)
