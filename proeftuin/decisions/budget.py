"""The alert budget: which rows a desk acts on, one after the other, looking back only.

A desk can look at so many rows in every thousand. It acts on the rarest scores: how rare a score
is, the rows of the week before tell. How rare it must be follows the pace: a desk that is behind
its budget takes less rare ones, one that is ahead waits. It is never ahead or behind by more than
a day's budget (or two alerts), nor by more than is still to come: in the end all arms spent alike.
"""

from dataclasses import dataclass, field

import numpy as np

from proeftuin.features.table import DAY
from proeftuin.settings.study import LOOK_BACK_DAYS
from synthetic_data.arrays import Bools, Floats, Ints

LEAST_BAND = 2.0  #: alerts that a desk may be ahead or behind, however few it has in a day
PART_OF_A_DAY = 0.95  #: of a day's budget, likewise: days differ in their rows
CLOSE = 0.01  #: of the budget, that may be left or overspent in the end, if it is over one alert
#: How fast the rarity that is asked for follows the pace, and how far behind (as part of the band)
#: a desk saves for a bad day; chosen on worlds of another seed (benchmarks/README.md).
KEENNESS, SAVED = 1.5, 0.2


@dataclass(frozen=True, eq=False)
class Stream:
    """The rows of a test period as a desk meets them.

    Attributes:
        rarity: (rows,) share of the rows of the week before a row's day that score as high; 1
            where there were none.
        left: (rows,) days until the period ends, when the row arrives.
        daily: rows a day, over the week before the period.
    """

    rarity: Floats
    left: Floats
    daily: float
    _known: dict[float, Bools] = field(default_factory=dict)

    @classmethod
    def of(cls, score: Floats, time: Ints, start: int, end: int) -> "Stream":
        """Return the stream of a desk's rows.

        Args:
            score: (rows,) of the rows from ``LOOK_BACK_DAYS`` before the period on.
            time: (rows,) seconds, ascending.
            start: of the test period, seconds.
            end: of it.
        """
        day = time // DAY
        rarity = np.ones(len(time))
        first_of = np.searchsorted(day, np.arange(end // DAY + 2))
        for number in np.unique(day[time >= start]):
            since, own = first_of[max(0, number - LOOK_BACK_DAYS)], first_of[number]
            earlier, today = np.sort(score[since:own]), slice(own, first_of[number + 1])
            if len(earlier):
                above = len(earlier) - np.searchsorted(earlier, score[today], side="left")
                rarity[today] = above / len(earlier)
        test = time >= start
        days = min(LOOK_BACK_DAYS, start / DAY) or 1
        return cls(rarity[test], (end - time[test]) / DAY, float((~test).sum() / days))

    def alerts(self, share: float) -> Bools:
        """Return the rows that are alerted, (rows,), with a budget of so many alerts per row."""
        if share not in self._known:
            self._known[share] = self._spent(share)
        return self._known[share]

    def _spent(self, share: float) -> Bools:
        """Go through the rows and spend the budget."""
        pace = share * np.arange(1, len(self.rarity) + 1)
        band = self._band(share, pace)
        wanted = np.flatnonzero(self.rarity <= share * np.exp(KEENNESS * (1 - SAVED)))
        alerted = np.zeros(len(pace), dtype=bool)
        due, spent, last = pace - band, 0, -1  # of more alerts than are spent: one is overdue
        overdue = int(np.searchsorted(due, spent))
        for row in [*wanted.tolist(), len(pace)]:
            while overdue < row:
                alerted[overdue], last, spent = True, overdue, spent + 1
                overdue = max(last + 1, int(np.searchsorted(due, spent)))
            if row == last or row == len(pace):
                continue
            behind = pace[row] - spent
            rate = share * np.exp(KEENNESS * (behind / band[row] - SAVED))
            if self.rarity[row] <= rate and 1 - behind <= band[row]:
                alerted[row], last, spent = True, row, spent + 1
                overdue = max(last + 1, int(np.searchsorted(due, spent)))
        return alerted

    def _band(self, share: float, pace: Floats) -> Floats:
        """Return how far a desk may be ahead or behind at every row, (rows,)."""
        a_day = PART_OF_A_DAY * share * self.daily
        to_come = np.minimum(a_day * self.left, max(LEAST_BAND, a_day))
        band: Floats = np.maximum(to_come, np.maximum(1.0, CLOSE * pace))
        return np.minimum(band, max(LEAST_BAND, a_day))
