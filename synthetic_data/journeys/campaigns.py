"""Campaigns of criminal groups, with their targets and contact times."""

import numpy as np

from scenarios.base import FraudForm, Phase
from synthetic_data.arrays import Ints
from synthetic_data.background.actors import paying_account
from synthetic_data.batch import Batch
from synthetic_data.clock import DAY, FRAUD_CALLS, FRAUD_ONLINE, MONTH_DAYS, strength
from synthetic_data.journeys.crowd import BETWEEN, FROM_70, UNDER_35, crowd_of
from synthetic_data.population import Population
from synthetic_data.seeds import Seeds
from synthetic_data.settings import WorldSettings

LENGTH_SHAPE, LONGEST = 4.0, 2.5  # [A] gamma shape of campaign lengths; longest, in mean lengths
PEAK = 2.0  # [A] contacts in a campaign: beta(2, 2), most of them halfway
WEIGHT_SIGMA = 0.4  # [A] spread of contacts per day over campaigns (log-normal sigma)
GOLDEN = (5**0.5 - 1) / 2  # its multiples, modulo 1, spread evenly over [0, 1)
REDRAWS = 3  # redraws of targets whose bank account is not open yet
REDRAWS_HIT = 8  # redraws of victims who were defrauded before; then they are victims again


class Campaigns:
    """The campaigns of one form's groups, month by month, and their targets.

    Campaigns of all groups together begin at an even pace, each at a random time in its turn, so
    the rate of fraud is level even with one group. The number of victims is Poisson.

    Enrichment makes successful cases more frequent and nothing else: groups grow with it, so that a
    campaign and its resources serve as many; of the contacts that fail one in ``enrichment`` is
    kept (:meth:`kept`); and a person is defrauded again as rarely as without it.

    Args:
        form: fraud form.
        world: settings.
        population: its persons and businesses.
        first_month: first month to generate.
        seeds: subtree of the form.
    """

    def __init__(
        self,
        form: FraudForm,
        world: WorldSettings,
        population: Population,
        first_month: int,
        seeds: Seeds,
    ) -> None:
        self._form, self._world, self._population = form, world, population
        self._seeds = seeds
        million = population.persons / 1e6
        enrichment = form.orientation.enrichment
        #: contacts of an enriched form that fail, for every one that is kept; 1 below enrichment 1.
        self._failed = max(1.0, enrichment)
        self.groups = max(1, round(form.preparation.groups_per_million * enrichment * million))
        each = form.preparation.campaigns_per_group_year * MONTH_DAYS / 365
        self._per_month = self.groups * each
        self._offset = float(seeds.rng("offset").random())
        self._first = self._turn(first_month)
        self._lineage = np.full(self.groups, -1)  # current lineage of resources, by group
        self._lineages = 0
        self._cases = 0
        self._hit = np.zeros(population.persons, dtype=bool)  # persons this form has defrauded
        bank = np.bincount(population.bank, minlength=len(world.market.bank))
        self._bank_share = bank / bank.sum()

    def _turn(self, month: int) -> int:
        return int(np.ceil(self._per_month * month - self._offset))

    def begin(self, month: int) -> Batch:
        """Return the campaigns of a month, sorted by group and start.

        Columns: ``campaign``, ``group``, ``start`` and ``length`` in days, ``weight``, ``bank`` in
        focus, ``variant`` (-1 if the form has none), ``lineage`` (campaigns of one lineage take
        over each other's resources), ``fresh`` (the first of its lineage), ``amount_factor`` and
        ``share_factors`` (one per step).
        """
        preparation, rng = self._form.preparation, self._seeds.rng("campaigns", month)
        turn = np.arange(self._turn(month), self._turn(month + 1))
        size = len(turn)
        start = (turn + self._offset + rng.random(size)) / self._per_month * MONTH_DAYS
        mean = preparation.campaign_days
        length = np.minimum(rng.gamma(LENGTH_SHAPE, mean / LENGTH_SHAPE, size), LONGEST * mean)
        group = rng.integers(0, self.groups, size)
        variants = np.array(list(self._form.variants().values()))
        chosen = np.full(size, -1)
        if len(variants):  # in turn, so that even a few campaigns match the shares
            point = (turn + self._offset) * GOLDEN % 1 * variants.sum()
            chosen = np.searchsorted(np.cumsum(variants), point, side="right")
        spread, steps = preparation.script_spread, len(self._form.steps())
        campaigns = Batch(
            {
                "campaign": turn - self._first,
                "group": group,
                "start": np.maximum(start, month * MONTH_DAYS),
                "length": length,
                "weight": rng.lognormal(0, WEIGHT_SIGMA, size) * length,
                "bank": rng.choice(len(self._bank_share), size, p=self._bank_share),
                "variant": chosen,
                "fresh": rng.random(size) >= preparation.reuse_share,
                "amount_factor": rng.lognormal(0, spread, size),
                "share_factors": rng.lognormal(0, spread, (size, steps)),
            }
        )
        return self._with_lineages(campaigns.take(np.lexsort((start, group))))

    def _with_lineages(self, campaigns: Batch) -> Batch:
        group = campaigns["group"]
        if not len(group):
            return campaigns.plus(lineage=group)
        first = np.concatenate([[True], group[1:] != group[:-1]])
        fresh = campaigns["fresh"] | (first & (self._lineage[group] < 0))
        new = self._lineages + np.cumsum(fresh) - 1
        known = np.where(fresh, new, self._lineage[group])
        source = np.maximum.accumulate(np.where(fresh | first, np.arange(len(group)), 0))
        lineage = known[source]
        self._lineages += int(fresh.sum())
        last = np.concatenate([first[1:], [True]])
        self._lineage[group[last]] = lineage[last]
        return campaigns.plus(lineage=lineage, fresh=fresh)

    def targets(self, campaigns: Batch, month: int) -> Batch:
        """Return the targets of campaigns, unsorted.

        Columns: ``case``, ``person``, ``account`` and its ``bank``, ``contact_time``, ``reach``
        (the last phase: contact, persuasion or, for victims, spending), ``real_weight`` (how many
        of them the Netherlands has), those of the campaign, and the factors of a drift.
        """
        rng, population = self._seeds.rng("targets", month), self._population
        orientation = self._form.orientation
        a_year = population.persons * orientation.victims_per_1000_year / 1000
        a_year *= max(self._form.SEASON)  # the peak rate, which ``_strength`` thins
        each = a_year * orientation.enrichment * MONTH_DAYS / 365 / self._per_month
        victims = rng.poisson(each * len(campaigns))
        attempts = orientation.attempts_per_victim * self._failed / orientation.enrichment
        failed = rng.poisson(each * len(campaigns) * attempts)
        aborted = rng.binomial(failed, orientation.aborted_share)
        phases = (Phase.SPENDING, Phase.PERSUASION, Phase.CONTACT)
        reach = np.repeat([int(p) for p in phases], [victims, aborted, failed - aborted])
        if not len(reach):
            campaign = np.zeros(0, dtype=np.int64)
        else:
            weight = campaigns["weight"]
            campaign = rng.choice(len(campaigns), len(reach), p=weight / weight.sum())
        cases = campaigns.take(campaign)
        time = self._contact_time(rng, cases)
        real = np.where(reach == Phase.SPENDING, 1 / orientation.enrichment, 1.0)
        cases = cases.plus(reach=reach, contact_time=time, real_weight=real)
        rate = strength(self._form, self._world.first_month, time / DAY)
        cases = cases.take(rng.random(len(time)) < rate)
        cases = self._with_persons(rng, cases)
        size = len(cases)
        self._cases += size
        return self._drifted(cases).plus(case=np.arange(self._cases - size, self._cases))

    def _contact_time(self, rng: np.random.Generator, cases: Batch) -> Ints:
        """Draw contact times around the middle of the campaign, by the rhythm of this contact."""
        rhythm = FRAUD_CALLS if self._form.BY_PHONE else FRAUD_ONLINE
        size = len(cases)
        day = np.floor(cases["start"] + rng.beta(PEAK, PEAK, size) * cases["length"])
        kept = np.array(rhythm.weekdays)[day.astype(np.int64) % 7] / max(rhythm.weekdays)
        moved = rng.random(size) >= kept
        day = day + np.where(moved, rng.integers(1, 4, size), 0)
        return rhythm.time_of_day(rng, day)

    def kept(self, cases: Batch, month: int) -> Batch:
        """Return all victims, and of the other targets as many as the Netherlands would have.

        Args:
            cases: targets whose resources are known: numbers wear out with every contact.
            month: month of the campaigns.
        """
        rng = self._seeds.rng("failed", month)
        kept = (cases["reach"] == Phase.SPENDING) | (rng.random(len(cases)) * self._failed < 1)
        return cases.take(kept)

    def _with_persons(self, rng: np.random.Generator, cases: Batch) -> Batch:
        """Draw the persons to target, redrawing, then dropping, those without an open account."""
        orientation, population = self._form.orientation, self._population
        size, crowd = len(cases), crowd_of(population)
        u = rng.random(size)
        age_group = np.full(size, BETWEEN)
        age_group[u < orientation.share_under_35] = UNDER_35
        age_group[u >= 1 - orientation.share_70_plus] = FROM_70
        focused = rng.random(size) < self._form.preparation.partner_focus
        bank = np.where(focused, cases["bank"], -1)
        buying = self._form.BY_BUYING
        person = crowd.targets(rng, age_group, bank, buying=buying)
        account = paying_account(rng, population, person, cases["contact_time"])
        for _ in range(REDRAWS):
            rows = np.flatnonzero(account < 0)
            person[rows] = crowd.targets(rng, age_group[rows], bank[rows], buying=buying)
            time = cases["contact_time"][rows]
            account[rows] = paying_account(rng, population, person[rows], time)
        if self._form.VICTIM == "person":
            self._spare_the_hit(rng, cases, person, account, age_group, bank)
        able = np.flatnonzero(account >= 0)
        account = account[able]
        own_bank = population.account_bank[account].astype(np.int64)
        return cases.take(able).plus(person=person[able], account=account, bank=own_bank)

    def _spare_the_hit(
        self,
        rng: np.random.Generator,
        cases: Batch,
        person: Ints,
        account: Ints,
        age_group: Ints,
        bank: Ints,
    ) -> None:
        """Redraw, in place, victims who were defrauded before, all but one in ``enrichment``."""
        victim = cases["reach"] == Phase.SPENDING
        spared = victim & (rng.random(len(cases)) * self._failed >= 1)
        order = np.argsort(cases["contact_time"], kind="stable")
        order = order[victim[order]]
        crowd, buying = crowd_of(self._population), self._form.BY_BUYING
        for _ in range(REDRAWS_HIT):
            _, first = np.unique(person[order], return_index=True)
            again = np.ones(len(order), dtype=bool)
            again[first] = False
            again |= self._hit[person[order]]
            rows = order[again & spared[order]]
            person[rows] = crowd.targets(rng, age_group[rows], bank[rows], buying=buying)
            time = cases["contact_time"][rows]
            account[rows] = paying_account(rng, self._population, person[rows], time)
        self._hit[person[order]] = True

    def _drifted(self, cases: Batch) -> Batch:
        """Add the factors of a new modus operandi, 1 where nothing changes."""
        drift, ones = self._form.drift, np.ones(len(cases))
        if drift is None:
            return cases.plus(wait_factor=ones, visible_factor=ones)
        changed = cases["start"] >= drift.from_day
        if drift.only_bank is not None:
            names = self._world.market.partners("bank")
            changed &= cases["bank"] == names.index(drift.only_bank)
            changed &= self._form.VICTIM == "person"
        return cases.plus(
            amount_factor=cases["amount_factor"] * np.where(changed, drift.amount_factor, 1.0),
            wait_factor=np.where(changed, drift.wait_factor, 1.0),
            visible_factor=np.where(changed, drift.visible_factor, 1.0),
        )
