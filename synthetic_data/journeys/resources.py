"""Resources that criminals use for victim after victim until abandoned: mules, devices, numbers."""

import numpy as np

from synthetic_data.arrays import Bools, Ints

CHAIN = 3  #: accounts in a mule chain at most


class ResourcePool:
    """Resources of one kind, numbered from 0; each serves consecutive cases, then is abandoned.

    Cases of one lineage (campaigns that take over each other's resources) are served in order of
    time; the pool keeps the resource in use of each lineage from month to month.

    Args:
        uses: number of counted cases a resource serves; 2.5 means two and three alternately.
    """

    def __init__(self, uses: float) -> None:
        self._uses = uses
        self._used = np.zeros(0, dtype=np.int64)  # counted cases, by lineage
        self._stint = np.zeros(0, dtype=np.int64)  # resources abandoned so far, by lineage
        self._current = np.zeros(0, dtype=np.int64)  # resource in use, by lineage, or -1
        self._before = np.zeros(0, dtype=np.int64)  # the previous one, by resource, or -1
        #: (resources,) second from which each is in use.
        self.since = np.zeros(0, dtype=np.int64)

    def serve(self, lineage: Ints, time: Ints, counts: Bools, start: Ints | None = None) -> Ints:
        """Return the (cases,) resource of each case.

        Args:
            lineage: (cases,) lineage of the campaign.
            time: (cases,) seconds at which the case needs it.
            counts: (cases,) whether the case counts as a use.
            start: (cases,) second at which the campaign begins, if the first resource of a lineage
                is in use from then on.
        """
        order = np.lexsort((time, lineage))
        resource = np.zeros(len(order), dtype=np.int64)
        if len(order):
            begin = None if start is None else start[order]
            resource[order] = self._in_order(lineage[order], time[order], counts[order], begin)
        return resource

    def _in_order(self, lineage: Ints, time: Ints, counts: Bools, start: Ints | None) -> Ints:
        more = np.full(max(0, int(lineage[-1]) + 1 - len(self._used)), -1)
        self._used = np.concatenate([self._used, more + 1])
        self._stint = np.concatenate([self._stint, more])
        self._current = np.concatenate([self._current, more])
        row = np.arange(len(lineage))
        first = np.concatenate([[True], lineage[1:] != lineage[:-1]])
        anchor = np.maximum.accumulate(np.where(first, row, 0))
        counted: Ints = np.cumsum(counts) - counts
        position = self._used[lineage] + counted - counted[anchor]
        stint = np.floor(position / self._uses).astype(np.int64)
        fresh = stint != np.where(first, self._stint[lineage], np.roll(stint, 1))
        number = np.where(fresh, len(self.since) + np.cumsum(fresh) - 1, self._current[lineage])
        resource = number[np.maximum.accumulate(np.where(fresh | first, row, 0))]

        before = np.where(first, self._current[lineage], np.roll(resource, 1))
        since = time.copy()
        if start is not None:
            earliest = np.minimum.reduceat(start, np.flatnonzero(first))
            since[first] = np.where(before[first] < 0, earliest, since[first])
        self._before = np.concatenate([self._before, before[fresh]])
        self.since = np.concatenate([self.since, since[fresh]])
        last = np.concatenate([first[1:], [True]])
        self._current[lineage[last]] = resource[last]
        self._stint[lineage[last]] = stint[last]
        self._used[lineage[last]] = (position + counts)[last]
        return self._in_use(resource, time)

    def _in_use(self, resource: Ints, time: Ints) -> Ints:
        """Step back to the resource in use at the time, where campaigns of two months overlap."""
        while True:
            before = self._before[resource]
            early = (time < self.since[resource]) & (before >= 0)
            if not early.any():
                return resource
            resource = np.where(early, before, resource)
