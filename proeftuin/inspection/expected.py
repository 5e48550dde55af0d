"""How much fraud the settings let expect: from this, and no value, follows what a check needs."""

from proeftuin.settings.study import Settings
from proeftuin.settings.worlds import generated
from synthetic_data.clock import DAY, MONTH_DAYS
from synthetic_data.reports import expected_reports, expected_victims

ENOUGH = 30  #: victims, or reports to a bank, below which a figure about them is chance


def victims(settings: Settings, form: str = "", days: tuple[float, float] | None = None) -> float:
    """Return the victims to expect, of one form or all, within the horizon or some days of it."""
    world = generated(settings.world)
    start, stop = days or (0, world.days)
    return sum(
        expected_victims(one, world, round(start * DAY), round(stop * DAY))
        for name, one in settings.scenario.forms.items()
        if name == (form or name)
    )


def to_test_on(settings: Settings, form: str = "") -> float:
    """Return the victims to expect in the test days."""
    return victims(settings, form, (settings.evaluation.test_day, generated(settings.world).days))


def reports_per_bank(settings: Settings, form: str = "", late_days: float = 0) -> float:
    """Return the reports about the training days to expect at a bank of average size.

    Those that arrive after the cut-off, and withdrawn ones, count: it is an upper bound.
    """
    world, evaluation = generated(settings.world), settings.evaluation
    first = evaluation.warm_up_days
    last = first + evaluation.train_days - late_days
    found = sum(
        expected_reports(one, world, round(first * DAY), round(last * DAY))
        for name, one in settings.scenario.forms.items()
        if name == (form or name)
    )
    return found / len(world.market.bank)


def per_month(settings: Settings) -> float:
    """Return the victims to expect in a month of the test days."""
    first = settings.evaluation.test_day
    return victims(settings, days=(first, first + MONTH_DAYS))


def few(what: str, number: float) -> str:
    """Return why a check does not apply; empty if the number to expect is enough."""
    if number >= ENOUGH:
        return ""
    return f"these settings let expect {number:.0f} {what}, {ENOUGH} are needed"
