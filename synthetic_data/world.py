"""A world: what happened, who saw which part of it, and (apart) the truth about fraud."""

from collections.abc import Mapping
from dataclasses import dataclass

import pandas as pd


@dataclass(frozen=True, eq=False)
class World:
    """Everything that happened, as the parties together could know it.

    Attributes:
        partners: partner names by index, for every sector that takes part.
        days: length of the horizon.
        tables: every table of ``schema.TABLES`` whose sector takes part, events in order of time.
        labels: reports as label events (``schema.LABELS``), in order of arrival.
    """

    partners: Mapping[str, tuple[str, ...]]
    days: int
    tables: Mapping[str, pd.DataFrame]
    labels: pd.DataFrame


@dataclass(frozen=True, eq=False)
class Truth:
    """What only the outcomes (and the inspection of a world) may know.

    Attributes:
        events: rows of tables with a code of their own that criminals or their victims caused:
            ``table, event, case, form, phase, time, amount_eur``; ``case`` is -1 for what belongs
            to no single case (spending by mules, offers of fake sellers).
        calls: likewise for call records, ``time, subscriber, number, case, form, phase``.
        payments: the payments among the events: ``payment, case, form, phase, bank, time,
            amount_eur``; bank is the payer's.
        cases: all targets: ``case, form, variant, age, bank, group, campaign, succeeded,
            contact_time, real_weight``; age and bank are -1 when a shop is the victim;
            ``real_weight`` is 1 / enrichment.
        links: who is behind the codes of customers: ``entity, code, person``.
        persons: number of adults; the base of every rate.
        days: length of the world.
    """

    events: pd.DataFrame
    calls: pd.DataFrame
    payments: pd.DataFrame
    cases: pd.DataFrame
    links: pd.DataFrame
    persons: int
    days: int
