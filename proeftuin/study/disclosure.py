"""The disclosure of a run: its guarantees, its exact disclosures, and what is not protected.

``disclosure.json`` is made from the run's files alone and is the one source of the report's privacy
page. It is in the terms of NIST SP 800-226 (unit of privacy, trust model, parameters, what is
outside the guarantee); docs/privacy.md lists its keys. Nothing is written for a run whose ledgers
do not bear out what it claims.
"""

from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from pydantic import BaseModel

from proeftuin.errors import LedgerError, ProeftuinError, RunFolderError
from proeftuin.files import write_json
from proeftuin.metrics import ALL
from proeftuin.metrics import COLUMNS as OUTCOMES
from proeftuin.outcomes.comparison import COLUMNS
from proeftuin.privacy.ledger import ALL_PARTNERS, Ledger, NoisyAnswers
from proeftuin.privacy.people import People, Spread, loss_of_people, spread
from proeftuin.privacy.recount import Claims, Sent, problems, recounted
from proeftuin.run_files import (
    ArmRecord,
    FlowRecord,
    GuaranteeRecord,
    Manifest,
    Record,
    read_as,
    read_table,
)
from proeftuin.sharing.flows import EXACT

FILE, SCHEMA = "disclosure.json", "proeftuin-disclosure/1"
YEAR_DAYS = 365
#: Keys of the report's texts.
ASSUMPTIONS = ("number_of_rows_public", "independent_noise", "all_iterates_seen")
NOT_PROTECTED = (
    "traces_in_other_rows",
    "choices_beforehand",
    "ordinary_random_generator",
    "own_bank",
)
#: By what is hidden, besides.
NOT_PROTECTED_OF = {
    "record": ("several_rows", "several_partners"),
    "person": ("more_partners",),
    "partner": ("customers_of_a_known_partner",),
    "embedding": ("several_rows", "labels_elsewhere", "that_others_answer"),
}
POISSON = ("poisson",)
ALONE = ("seen_by_nobody_else",)


class _Study(BaseModel):
    name: str
    baseline: str


class _Asked(BaseModel):
    """What ``config.yaml`` must tell."""

    world: Record
    repetitions: int
    study: _Study
    arms: dict[str, ArmRecord]


class _People(BaseModel):
    """What ``people.json`` of an arm must tell."""

    partners: list[str]
    profiles: list[tuple[list[int], int]]


@dataclass(frozen=True)
class Finished:
    """An arm in one world, as its folder tells of it.

    Attributes:
        claims: what it booked and says.
        people: rows of people that private learning had.
    """

    claims: Claims
    people: People


def write_disclosure(folder: Path) -> Path:
    """Count everything again and write ``disclosure.json`` into a run folder.

    Raises:
        LedgerError: the ledgers do not bear out what the run claims, or a release is in none.
        RunFolderError: a file is missing.
    """
    place = folder / FILE
    try:
        content = disclosure(folder)
    except ProeftuinError:
        place.unlink(missing_ok=True)  # an earlier one would claim what no longer holds
        raise
    write_json(place, content)
    return place


def disclosure(folder: Path) -> Record:
    """Return the disclosure of a finished run.

    Raises:
        LedgerError, RunFolderError: as :func:`write_disclosure`.
    """
    config: Record = read_as(folder / "config.yaml", _Asked)
    world = config["world"]
    days = (world.get("stored") or world)["days"]
    finished = {name: list(_finished(folder, name, arm)) for name, arm in config["arms"].items()}
    wrong = [line for own in finished.values() for each in own for line in problems(each.claims)]
    if wrong:
        raise LedgerError("\n".join(dict.fromkeys(f"{line}; no number is given" for line in wrong)))
    flows = read_as(folder / "data_flows.json", list[FlowRecord])
    compared = read_table(folder / "comparisons.parquet", COLUMNS)
    outcomes = read_table(folder / "outcomes.parquet", OUTCOMES)
    audit = folder / "audit.json"
    attacks = read_as(audit, list[Record]) if audit.exists() else []
    return {
        "schema": SCHEMA,
        "terms": "NIST SP 800-226",
        "study": config["study"]["name"],
        "fingerprint": read_as(folder / "manifest.json", Manifest)["fingerprint"],
        "about_real_people": False,
        "worlds": config["repetitions"],
        "days": days,
        "arms": {
            name: {
                "guarantee": _guarantee(arm, finished[name]),
                "signals": _signals(finished[name], days),
                "persons_named": _persons_named(outcomes, name),
                "exact_disclosures": [
                    {"today": flow.get("today", False)}
                    | {key: flow[key] for key in ("sender", "receiver", "data", "form", "persons",
                                                  "fields", "records")}
                    for flow in flows
                    if flow["arm"] == name and flow["form"] in EXACT
                ],
                "not_protected": _not_protected(_policy(arm)),
                "measured_attacks": [one for one in attacks if one["arm"] in (name, ALL)],
                "utility": _utility(compared, name, config["study"]["baseline"]),
            }
            for name, arm in config["arms"].items()
        },
    }  # fmt: skip


def _finished(folder: Path, name: str, arm: Record) -> Iterable[Finished]:
    places = sorted((folder / "arms" / name).glob("seed-*"))
    if not places:
        raise RunFolderError(f"{folder}: the arm {name} has no finished world")
    for place in places:
        people = read_as(place / "people.json", _People)
        claims = Claims(
            where=f"{name}, {place.name}",
            privacy=arm["privacy"],
            public_scale=arm["privacy"]["unit"] == "partner" or arm["detector"]["bins"] > 1,
            ledgers=_booked(place / "ledgers.json", Ledger.from_dict),
            guarantees=read_as(place / "privacy.json", list[GuaranteeRecord]),
            sent=_booked(place / "sent.json", lambda each: Sent(**each)),
            flows=read_as(place / "data_flows.json", list[FlowRecord]),
            vertical_delta=(arm["regime"].get("vertical") or {}).get("delta"),
        )
        profiles = tuple((tuple(rows), many) for rows, many in people["profiles"])
        yield Finished(claims, People(tuple(people["partners"]), profiles))


def _policy(arm: Record) -> Record:
    """Return the policy of what is learned: the arm's own, or of columns that stay elsewhere."""
    vertical = arm["regime"].get("vertical")
    if vertical is not None and vertical["noise_multiplier"]:
        return {**vertical, "unit": "embedding"}
    policy: Record = arm["privacy"]
    return policy


def _guarantee(arm: Record, finished: list[Finished]) -> Record | None:
    """Return the weakest guarantee over the worlds, by partner and for people."""
    privacy = _policy(arm)
    told = [each for one in finished for each in one.claims.guarantees]
    if privacy["unit"] is None or not told:
        return None
    weakest: dict[str, Record] = {}
    for each in told:
        own = weakest.setdefault(each["partner"], each)
        if each["epsilon"] > own["epsilon"]:
            weakest[each["partner"]] = each
    first = told[0]
    return {
        **{key: first[key] for key in ("unit", "neighbouring", "delta", "adversary", "accountant")},
        "clip_norm": privacy["clip_norm"],
        "assumptions": [
            *ASSUMPTIONS,
            *(POISSON if privacy.get("steps_per_round") else ()),
            *(ALONE if arm["regime"].get("learning") == "own" else ()),
        ],
        "partners": {
            partner: {
                **{key: own[key] for key in ("epsilon", "epsilon_prv", "records",
                                             "records_per_unit", "partners")},
                "epsilon_recounted": _recounted(partner, finished, first["delta"]),
            }
            for partner, own in weakest.items()
        },
        "people": _people(finished, first["delta"]),
    }  # fmt: skip


def _recounted(partner: str, finished: list[Finished], delta: float) -> float:
    """Return the largest epsilon over the worlds, from the ledgers alone."""
    found = []
    for each in finished:
        claims = each.claims
        own = [one for one in claims.learning if partner in (one.partner, ALL_PARTNERS)]
        apart = claims.vertical_delta is not None  # of different rows
        found += [recounted(group, delta) for group in ([[one] for one in own] if apart else [own])]
    return max(found)


def _people(finished: list[Finished], delta: float) -> Record | None:
    """Return the loss of people by all learning together, in the world where it is largest."""
    losses = [loss_of_people(each.people, each.claims.learning, delta) for each in finished]
    known = [loss for loss in losses if loss is not None]
    return asdict(max(known, key=lambda loss: loss.maximum)) if known else None


def _signals(finished: list[Finished], days: int) -> list[Record]:
    """Return what noisy answers cost a person in a year, in the world where it is most."""
    worst: dict[str, tuple[NoisyAnswers, Ledger, Spread]] = {}
    for each in finished:
        for ledger in each.claims.ledgers:
            if ledger.partner != ALL_PARTNERS:
                continue
            for release in ledger.releases:
                if not (isinstance(release, NoisyAnswers) and release.answers):
                    continue
                often, people = np.array(release.answers, dtype=np.int64).T
                year = spread(often * (YEAR_DAYS / days), people)
                if release.what not in worst or year.maximum > worst[release.what][2].maximum:
                    worst[release.what] = release, ledger, year
    return [
        {
            "what": what,
            "mechanism": release.mechanism,
            "unit": ledger.unit,
            "neighbouring": ledger.neighbouring,
            "epsilon_per_answer": release.epsilon,
            "delta": 0.0,
            "persons": year.persons,
            **{
                f"{name}_per_year": {
                    key: getattr(year, key) * times for key in ("average", "p99", "maximum")
                }
                for name, times in (("answers", 1.0), ("epsilon", release.epsilon))
            },
        }
        for what, (release, ledger, year) in worst.items()
    ]


def _persons_named(outcomes: pd.DataFrame, arm: str) -> float | None:
    """Return the mean of this outcome over the worlds; None for a run that did not measure it."""
    rows = outcomes[
        (outcomes["arm"] == arm)
        & (outcomes["partner"] == ALL)
        & (outcomes["metric"] == "persons_named")
    ]
    return float(rows["value"].mean()) if len(rows) else None


def _not_protected(privacy: Record) -> list[str]:
    unit = privacy["unit"]
    return [*NOT_PROTECTED, *NOT_PROTECTED_OF[unit]] if unit is not None else ["everything_learned"]


def _utility(compared: pd.DataFrame, arm: str, baseline: str) -> Record:
    """Return what the arm gains beside the baseline, all partners and forms together."""
    rows = compared[(compared["arm"] == arm) & (compared["partner"] == ALL)]
    if ALL in set(rows["fraud_form"]):
        rows = rows[rows["fraud_form"] == ALL]
    keys = ["difference", "low", "high", "margin", "verdict"]
    table = rows.drop_duplicates("metric").set_index("metric")[keys]
    table = table.astype(object).where(table.notna(), None)
    return {"baseline": baseline, "outcomes": table.to_dict("index")}


def _booked(path: Path, made: Callable[[Record], Any]) -> list[Any]:
    """Return the records of a file as objects."""
    try:
        return [made(each) for each in read_as(path, list[Record])]
    except (TypeError, KeyError, ValueError):
        raise RunFolderError(f"{path}: not as a run writes it; run the study again") from None
