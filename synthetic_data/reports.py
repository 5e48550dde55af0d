"""Who tells whom, how late, and how well: the only source of labels.

Many victims stay silent, all are late, and some reports are withdrawn, recorded under another form
of fraud, or plainly wrong. A *report* is one case told through one channel (bank, police, the
platform involved, the Fraudehelpdesk); a *label* is one thing named in it. Whoever trains a model
sees the labels whose ``known_at`` has passed, and nothing else.
"""

from collections.abc import Iterator, Mapping, Sequence

import numpy as np
import pandas as pd
from scipy.special import expit, logit, ndtri

from scenarios.base import FraudForm, Phase
from synthetic_data.arrays import Floats, Ints
from synthetic_data.batch import Batch, joined
from synthetic_data.clock import DAY, MINUTE, Chunk
from synthetic_data.journeys.steps import walk
from synthetic_data.population import Population
from synthetic_data.schema import LABELS, SECTORS, TABLES
from synthetic_data.seeds import Seeds
from synthetic_data.settings import WorldSettings

PAYMENT, PAYEE, CALLER = "payment", "payee", "caller"
#: What a label can name: the table and column it comes from.
KIND_SOURCE: dict[str, tuple[str, str]] = {
    PAYMENT: ("payments", "payment"),
    PAYEE: ("payments", "payee"),
    CALLER: ("cases", "caller"),
    "order": ("orders", "order"),
    "customer": ("orders", "customer"),
    "checkout": ("checkouts", "checkout"),
    "merchant": ("checkouts", "merchant"),
    "seller": ("contacts", "seller"),
    "transfer": ("transfers", "transfer"),
}
#: The entity (or row) that the value of a label refers to.
KIND_ENTITY: dict[str, str] = {kind: kind for kind in KIND_SOURCE} | {
    PAYEE: "account",
    CALLER: "phone",
    "seller": "user",
}
KINDS = tuple(KIND_SOURCE)
#: What is named in each channel: only what a victim can tell and the partner can recognise. A shop
#: that files with the police gives its own references; the police can only show them to that shop.
CHANNELS: dict[str, tuple[str, ...]] = {
    "bank": (PAYMENT, PAYEE),
    "police": (PAYMENT, PAYEE, CALLER, "order", "customer"),
    "platform": ("order", "customer", "checkout", "merchant", "seller", "transfer"),
    "helpdesk": (PAYEE, CALLER),
}
#: Tables in which money is lost; a checkout or a deposit has a payment behind it.
LOSSES = ("payments", "orders")

NEVER = 2**62  #: ``withdrawn_at`` of a report that stands
FIRST_FALSE_CASE = 2**30  #: case numbers from here on are false reports
FALSE_BITS = 15  #: of a chunk's false reports: 1,000 per million of 20 million rows fit
SHORTEST_DELAY_S = 10 * MINUTE  # [A] nobody reports faster
SAME_PACE = 0.9  # [A] correlation of the log delays of one victim's reports
WITHDRAWN_SIGMA = 1.0  # [A] spread of the time until a report is withdrawn
FALSE_SIGMA = 1.0  # [A] spread of the delay of a false report
FALSE_POLICE_SHARE = 0.5  # [A] share of false reports that are filed with the police as well
MEDIAN_DRAWS = 20_000  #: simulated losses behind a median: its log has an error of about 0.02

NO_LABELS = Batch({name: np.zeros(0, dtype=np.int64) for name in ("sector", *LABELS)})


def case_reports(
    form: FraudForm,
    forms: Sequence[str],
    world: WorldSettings,
    cases: Batch,
    rows: Mapping[str, Batch],
    population: Population,
    seeds: Seeds,
) -> Batch:
    """Draw the reports of a month of campaigns as labels.

    Args:
        form: whose ``reporting`` figures apply.
        forms: names of all forms of the scenario, this one among them.
        world: for the horizon and the sectors that take part.
        cases: targets, with at least ``case`` and ``caller``.
        rows: intents of the journeys by table, with ``case``, ``phase`` and their own code.
        population: for the bank of an account and the numbers that nobody reports.
        seeds: subtree of this form and month.

    Returns:
        Labels: ``sector`` and ``partner`` (index in it), ``case``, ``form`` as recorded (index in
        ``forms``), ``kind`` (index in ``KINDS``), ``value`` (code of a row or number of an entity),
        ``known_at`` and ``withdrawn_at`` in seconds; a label may be known only after the horizon.
    """
    sources = {table: _nameable(table, batch, world.days * DAY) for table, batch in rows.items()}
    victims = _victims(sources)
    if not len(victims):
        return NO_LABELS
    if "payments" in sources:
        paid = _reportable(sources["payments"], population)
        sources["payments"] = paid.plus(payer_bank=population.account_bank[paid["payer"]])
    spoofed = np.isin(cases["caller"], population.bank_phone)
    sources["cases"] = cases.plus(caller=np.where(spoofed, -1, cases["caller"]))

    median_eur = _median_loss(form, seeds.rng("reports", "median"))
    pace = seeds.rng("reports", "pace").standard_normal(len(victims))
    told = []
    for channel in CHANNELS:
        rng = seeds.rng("reports", channel)
        reports = _reports(form, forms, channel, victims, median_eur, pace, rng)
        told += [(reports, mention) for mention in _mentions(channel, sources)]
    return _labels(world, told)


def false_reports(
    world: WorldSettings,
    forms: Sequence[str],
    chunk: Chunk,
    payments: Batch,
    population: Population,
    seeds: Seeds,
) -> Batch:
    """Draw the reports of honest payments: disputes and mistakes.

    Args:
        world: how many there are and how late.
        forms: names under which they are recorded; without any there are no false reports.
        chunk: stretch of time of the payments; gives the case numbers.
        payments: ordinary rows by private persons, with ``payment`` (code), ``payee`` (account
            number), ``payer_bank`` and ``time``.
        population: for the accounts that nobody reports.
        seeds: subtree of this chunk.

    Returns:
        Labels as of :func:`case_reports`, none of them withdrawn.
    """
    settings, rng = world.false_reports, seeds.rng("reports", "false", chunk.index)
    size = rng.poisson(settings.per_million_payments * len(payments) / 1e6)
    size = min(size, len(payments)) if forms else 0
    if not size:
        return NO_LABELS
    wrong = payments.take(rng.choice(len(payments), size, replace=False))
    case = FIRST_FALSE_CASE + (chunk.index << FALSE_BITS) + np.arange(size)
    wrong = _reportable(wrong.plus(case=case), population)
    delay_s = _delay_s(settings.delay_days_median, FALSE_SIGMA, rng.standard_normal(size))
    reports = Batch(
        {
            "case": case,
            "form": rng.integers(0, len(forms), size),
            "known_at": wrong["time"] + delay_s,
            "withdrawn_at": np.full(size, NEVER),
        }
    )
    filed = reports.take(rng.random(size) < FALSE_POLICE_SHARE)
    told = [(reports, mention) for mention in _mentions("bank", {"payments": wrong})]
    told += [(filed, mention) for mention in _mentions("police", {"payments": wrong})]
    return _labels(world, told)


def label_frame(
    labels: Batch, partners: Mapping[str, Sequence[str]], forms: Sequence[str], days: int
) -> pd.DataFrame:
    """Return labels as the frame of ``schema.LABELS``, in order of arrival.

    Args:
        labels: of :func:`case_reports` and :func:`false_reports`, values and cases in codes.
        partners: partner names by index, of every sector that takes part.
        forms: names of the forms by index.
        days: horizon; what arrives later is not known in this world.
    """
    labels = labels.take(labels["known_at"] < days * DAY)
    names = np.full(len(labels), "", dtype=object)
    for sector, of_sector in partners.items():
        here = labels["sector"] == _code(sector)
        names[here] = np.array(of_sector, dtype=object)[labels["partner"][here]]
    columns = labels.plus(
        partner=names,
        form=np.array([*forms, ""], dtype=object)[labels["form"]],
        kind=np.array(KINDS, dtype=object)[labels["kind"]],
        withdrawn_at=np.where(labels["withdrawn_at"] < days * DAY, labels["withdrawn_at"], NEVER),
    )
    frame = pd.DataFrame({name: columns[name] for name in LABELS})
    frame = frame.astype({name: column.dtype for name, column in LABELS.items()})
    return frame.drop_duplicates().sort_values(
        ["known_at", "case", "kind", "value"], kind="stable", ignore_index=True
    )


def _nameable(table: str, rows: Batch, stop: int) -> Batch:
    """Keep what a victim can name: the money lost and whom they answered, within the horizon."""
    kept = (rows["phase"] == Phase.TRANSFER) | (table == "contacts")
    return rows.take(kept & (rows["case"] >= 0) & (rows["time"] >= 0) & (rows["time"] < stop))


def _victims(sources: Mapping[str, Batch]) -> Batch:
    """Return who lost money, by case: ``case, loss_eur, last`` (moment of the last lost row)."""
    lost = [sources[table] for table in LOSSES if table in sources]
    case = np.unique(np.concatenate([NO_LABELS["case"], *(each["case"] for each in lost)]))
    loss_eur, last = np.zeros(len(case)), np.zeros(len(case), dtype=np.int64)
    for each in lost:
        np.add.at(loss_eur, np.searchsorted(case, each["case"]), each["amount_eur"])
    for each in sources.values():
        each = each.take(np.isin(each["case"], case))
        np.maximum.at(last, np.searchsorted(case, each["case"]), each["time"])
    return Batch({"case": case, "loss_eur": loss_eur, "last": last})


def _median_loss(form: FraudForm, rng: np.random.Generator) -> float:
    """Return the median loss in EUR of the victims of a form, with an ordinary script.

    Taken from the steps, not from the month's victims: what one victim tells must not depend on
    how much others lost, and in a world with two victims a month the median would be one of them.
    """
    shares, steps, size = form.variants(), form.steps(), MEDIAN_DRAWS
    victims = {
        "contact_time": np.zeros(size, dtype=np.int64),
        "variant": rng.choice(len(shares) or 1, size, p=[*shares.values()] or [1.0]),
        "reach": np.full(size, int(Phase.SPENDING)),
        "share_factors": np.ones((size, len(steps))),
        "wait_factor": np.ones(size),
        "amount_factor": np.ones(size),
    }
    acts = walk(form, Batch(victims), np.zeros(size, dtype=bool), rng)
    loss_eur = np.zeros(size)
    for step, done in zip(steps, acts, strict=True):
        if step.phase == Phase.TRANSFER:
            np.add.at(loss_eur, done["row"], done["amount_eur"])
    return float(np.median(loss_eur[loss_eur > 0]))


def _reports(
    form: FraudForm,
    forms: Sequence[str],
    channel: str,
    victims: Batch,
    median_eur: float,
    pace: Floats,
    rng: np.random.Generator,
) -> Batch:
    """Draw which victims use a channel: ``case, form, known_at, withdrawn_at`` of those who do."""
    settings, size = form.reporting, len(victims)
    excess = np.log(victims["loss_eur"] / median_eur)
    chance = expit(logit(getattr(settings, f"{channel}_share")) + settings.loss_slope * excess)
    tells = rng.random(size) < chance

    sigma = np.log(settings.delay_days_p90 / settings.delay_days_median) / ndtri(0.9)
    own = np.sqrt(SAME_PACE) * pace + np.sqrt(1 - SAME_PACE) * rng.standard_normal(size)
    known_at = victims["last"] + _delay_s(settings.delay_days_median, sigma, own)
    stands_s = rng.lognormal(np.log(settings.withdrawn_days_median * DAY), WITHDRAWN_SIGMA, size)
    withdrawn = rng.random(size) < settings.withdrawn_share

    recorded = np.full(size, forms.index(form.name))
    if len(forms) > 1:
        wrong = rng.random(size) < settings.wrong_form_share
        recorded = (recorded + wrong * rng.integers(1, len(forms), size)) % len(forms)
    return Batch(
        {
            "case": victims["case"],
            "form": recorded,
            "known_at": known_at,
            "withdrawn_at": np.where(withdrawn, known_at + stands_s.astype(np.int64), NEVER),
        }
    ).take(tells)


def _delay_s(median_days: float, sigma: float, normal: Floats) -> Ints:
    """Turn standard normal numbers into log-normal delays in seconds."""
    delay_s: Floats = median_days * DAY * np.exp(sigma * normal)
    return np.maximum(delay_s, SHORTEST_DELAY_S).astype(np.int64)


def _mentions(channel: str, sources: Mapping[str, Batch]) -> Iterator[Batch]:
    """Yield what can be named in a channel: ``case, sector, partner, kind, value``."""
    for kind in CHANNELS[channel]:
        table, column = KIND_SOURCE[kind]
        if table not in sources:
            continue
        rows = sources[table].take(sources[table][column] >= 0)
        own = channel in ("bank", "platform")  # told to the partner that holds the row
        sector = TABLES[table].sector if own else channel
        yield Batch(
            {
                "case": rows["case"],
                "sector": np.full(len(rows), _code(sector)),
                "partner": rows[TABLES[table].holders[0]] if own else np.zeros(len(rows), np.int64),
                "kind": np.full(len(rows), KINDS.index(kind)),
                "value": rows[column],
            }
        )


def _code(sector: str) -> int:
    """Return the number of a sector in the labels."""
    return list(SECTORS).index(sector)


def _labels(world: WorldSettings, told: list[tuple[Batch, Batch]]) -> Batch:
    """Join reports (by case, ascending) with what is named; absent sectors receive nothing."""
    labels = [NO_LABELS]
    for reports, mention in told:
        heard = mention.take(np.isin(mention["case"], reports["case"]))
        report = reports.take(np.searchsorted(reports["case"], heard["case"]))
        labels.append(heard.plus(**report.columns))
    received = joined(labels)
    present = [_code(sector) for sector in world.market.present]
    return received.take(np.isin(received["sector"], present))


def _reportable(payments: Batch, population: Population) -> Batch:
    """Blank the payees nobody reports: collecting accounts, through which everybody pays."""
    collecting = np.concatenate([population.psp_account, population.exchange_account])
    payee = payments["payee"]
    return payments.plus(payee=np.where(np.isin(payee, collecting), -1, payee))
