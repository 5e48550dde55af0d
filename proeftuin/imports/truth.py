"""The reports of an imported world, and what they make of its truth; both fit in memory."""

from typing import Any

from proeftuin.imports.assembly import EVENTS, Assembly
from proeftuin.imports.mapping import Mapping
from synthetic_data.reported import as_reported
from synthetic_data.stored import TRUTH, TRUTH_COLUMNS
from synthetic_data.world import World


def save_reports(assembly: Assembly, mapping: Mapping) -> dict[str, Any]:
    """Write the reports and the truth beside the tables that were written.

    Returns:
        ``persons``, ``customers``, ``forms`` and ``answers``, as ``world.json`` has them.
    """
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
    return {
        "persons": truth.persons,
        "customers": assembly.customers(),
        "forms": sorted(set(truth.cases["form"])),
        "answers": {
            "names": False,
            "holders": assembly.knows_holders(),
            "bank_reports": bool(known["partner"].isin(banks).any()),
        },
    }
