"""Reports of fraud, with their delays and errors: the only source of labels.

Many victims never report, every report is late, and some are withdrawn, recorded under another form
of fraud, or false. A *report* is one case reported through one channel (bank, police, the platform
involved, the Fraudehelpdesk); a *label* is one row or entity named in it. Training uses the labels
whose ``known_at`` has passed, and no others.
"""

from collections.abc import Iterator, Mapping, Sequence

import numpy as np
import pandas as pd
from scipy.special import expit, logit, ndtri

from scenarios.base import FraudForm, Phase
from synthetic_data.arrays import Floats, Ints
from synthetic_data.batch import Batch, joined
from synthetic_data.clock import DAY, HOUR, MINUTE, Chunk, strength
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
#: What a report names, by channel: only what a victim knows and the partner recognises. A shop that
#: files with the police gives its own references, which the police can only show to that shop.
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
FALSE_BITS = 15  #: for the false reports of a chunk: 32,768 of 20 million rows fit
SHORTEST_DELAY_S = 10 * MINUTE  # [A] minimum delay of a report
SAME_PACE = 0.9  # [A] correlation of the log delays of one victim's reports
WITHDRAWN_SIGMA = 1.0  # [A] spread of the time until a report is withdrawn
FALSE_SIGMA = 1.0  # [A] spread of the delay of a false report
FALSE_POLICE_SHARE = 0.5  # [A] share of false reports that are filed with the police as well
MEDIAN_DRAWS = 20_000  #: simulated losses per median; the standard error of its log is about 0.02

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
    """Draw the reports about a month of campaigns, as labels.

    Args:
        form: fraud form; its ``reporting`` parameters apply.
        forms: names of all forms of the scenario, this one among them.
        world: settings, of which the horizon and the sectors that take part.
        cases: targets, with at least ``case`` and ``caller``.
        rows: intents of the journeys by table, with ``case``, ``phase`` and their own code.
        population: gives the bank of an account, and the numbers that are never reported.
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
    mentioned = []
    for channel in CHANNELS:
        rng = seeds.rng("reports", channel)
        reports = _reports(form, forms, channel, victims, median_eur, pace, rng)
        mentioned += [(reports, mention) for mention in _mentions(channel, sources)]
    return _labels(world, mentioned)


def false_reports(
    world: WorldSettings,
    forms: Sequence[FraudForm],
    chunk: Chunk,
    payments: Batch,
    population: Population,
    seeds: Seeds,
) -> Batch:
    """Draw the reports of honest payments: disputes and mistakes, recorded as some form of fraud.

    They grow with the true reports of the form that banks receive, and so with its enrichment.

    Args:
        world: settings, of which the share and the delay of false reports.
        forms: forms as which they are recorded; without any there are no false reports.
        chunk: period of the payments; gives the case numbers.
        payments: ordinary rows by private persons, with ``payment`` (code), ``payee`` (account
            number), ``payer_bank`` and ``time``.
        population: gives the accounts that are never reported.
        seeds: subtree of this chunk.

    Returns:
        Labels as from :func:`case_reports`, none of them withdrawn.
    """
    settings, rng = world.false_reports, seeds.rng("reports", "false", chunk.index)
    expected = [
        settings.per_true_report * expected_reports(form, world, chunk.start, chunk.stop)
        for form in forms
    ]
    form = np.repeat(np.arange(len(forms)), rng.poisson(expected))[: len(payments)]
    size = len(form)
    if not size:
        return NO_LABELS
    wrong = payments.take(rng.choice(len(payments), size, replace=False))
    case = FIRST_FALSE_CASE + (chunk.index << FALSE_BITS) + np.arange(size)
    wrong = _reportable(wrong.plus(case=case), population)
    delay_s = _delay_s(settings.delay_days_median, FALSE_SIGMA, rng.standard_normal(size))
    reports = Batch(
        {
            "case": case,
            "form": form,
            "known_at": wrong["time"] + delay_s,
            "withdrawn_at": np.full(size, NEVER),
        }
    )
    filed = reports.take(rng.random(size) < FALSE_POLICE_SHARE)
    mentioned = [(reports, mention) for mention in _mentions("bank", {"payments": wrong})]
    mentioned += [(filed, mention) for mention in _mentions("police", {"payments": wrong})]
    return _labels(world, mentioned)


def still_true(labels: Batch, payments: Ints, cases: Ints) -> Batch:
    """Return labels without those of payments that a bank refused, and of cases without a loss.

    Args:
        labels: from :func:`case_reports` and :func:`false_reports`, not coded.
        payments: codes of the payments by which victims lost money.
        cases: numbers of the cases with a loss.
    """
    honest = labels["case"] >= FIRST_FALSE_CASE
    names_payment = labels["kind"] == KINDS.index(PAYMENT)
    paid = ~names_payment | np.isin(labels["value"], payments)
    return labels.take(honest | (paid & np.isin(labels["case"], cases)))


def expected_victims(form: FraudForm, world: WorldSettings, start: int, stop: int) -> float:
    """Return the victims of a form to expect in a period, in seconds of the world."""
    orientation, day = form.orientation, np.arange(start, stop, HOUR) / DAY
    a_day = world.population.persons * orientation.victims_per_1000_year / 1000 / 365
    a_day *= orientation.enrichment * max(form.SEASON)
    return float(a_day * strength(form, world.first_month, day).sum() * HOUR / DAY)


def expected_reports(form: FraudForm, world: WorldSettings, start: int, stop: int) -> float:
    """Return the victims of a form in a period who are expected to tell their bank."""
    return expected_victims(form, world, start, stop) * form.reporting.bank_share


def label_frame(
    labels: Batch, partners: Mapping[str, Sequence[str]], forms: Sequence[str], days: int
) -> pd.DataFrame:
    """Return labels as the frame of ``schema.LABELS``, in order of arrival.

    Args:
        labels: from :func:`case_reports` and :func:`false_reports`, with values and cases coded.
        partners: partner names by index, of every sector that takes part.
        forms: names of the forms by index.
        days: horizon; labels that arrive later are dropped.
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
    """Keep the rows that a victim can name: money lost and offers answered, within the horizon."""
    kept = (rows["phase"] == Phase.TRANSFER) | (table == "contacts")
    return rows.take(kept & (rows["case"] >= 0) & (rows["time"] >= 0) & (rows["time"] < stop))


def _victims(sources: Mapping[str, Batch]) -> Batch:
    """Return the victims by case: ``case, loss_eur, last`` (second of the last row they name)."""
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

    Simulated from the steps, not taken from the month's victims: a victim's report must not depend
    on the losses of others, and with two victims a month the median would be one of them.
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
    """Draw the reports through a channel, one per victim who reports.

    Returns:
        ``case, form, known_at, withdrawn_at``.
    """
    settings, size = form.reporting, len(victims)
    excess = np.log(victims["loss_eur"] / median_eur)
    probability = expit(logit(getattr(settings, f"{channel}_share")) + settings.loss_slope * excess)
    reporting = rng.random(size) < probability

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
    ).take(reporting)


def _delay_s(median_days: float, sigma: float, normal: Floats) -> Ints:
    """Turn standard normal numbers into log-normal delays in seconds."""
    delay_s: Floats = median_days * DAY * np.exp(sigma * normal)
    return np.maximum(delay_s, SHORTEST_DELAY_S).astype(np.int64)


def _mentions(channel: str, sources: Mapping[str, Batch]) -> Iterator[Batch]:
    """Yield what reports of a channel can name: ``case, sector, partner, kind, value``."""
    for kind in CHANNELS[channel]:
        table, column = KIND_SOURCE[kind]
        if table not in sources:
            continue
        rows = sources[table].take(sources[table][column] >= 0)
        own = channel in ("bank", "platform")  # reported to the partner that holds the row
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


def _labels(world: WorldSettings, mentioned: list[tuple[Batch, Batch]]) -> Batch:
    """Join reports (sorted by case) with what they name; absent sectors receive no labels."""
    labels = [NO_LABELS]
    for reports, mention in mentioned:
        named = mention.take(np.isin(mention["case"], reports["case"]))
        report = reports.take(np.searchsorted(reports["case"], named["case"]))
        labels.append(named.plus(**report.columns))
    received = joined(labels)
    present = [_code(sector) for sector in world.market.present]
    return received.take(np.isin(received["sector"], present))


def _reportable(payments: Batch, population: Population) -> Batch:
    """Set the payees that are never reported to -1: collecting accounts, which everybody pays."""
    payee = payments["payee"]
    return payments.plus(payee=np.where(payee >= population.first_collecting_account, -1, payee))
