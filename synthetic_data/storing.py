"""Writes a world of any size to partitioned Parquet, chunk by chunk, in constant memory.

``<folder>/<partner>/<table>/part-<n>.parquet`` holds the tables of each partner and
``<folder>/truth/`` the truth, which no partner sees.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from scenarios.registry import Scenario
from synthetic_data.batch import Batch
from synthetic_data.clock import DAY, MONTH_DAYS
from synthetic_data.schema import SECTORS, TABLES
from synthetic_data.seeds import Seeds
from synthetic_data.settings import WorldSettings
from synthetic_data.simulation import Simulation
from synthetic_data.world import truth_frames

TRUTH = "truth"


@dataclass(frozen=True)
class Written:
    """The size of a written world.

    Attributes:
        rows: rows of events and registers, each counted once.
        copies: rows in all partners' tables together; both banks of a payment hold it.
        files: number of files.
    """

    rows: int
    copies: int
    files: int


def write_world(world: WorldSettings, scenario: Scenario, seeds: Seeds, folder: Path) -> Written:
    """Generate a world and write the tables of every partner, and separately the truth.

    Args:
        world: population, markets, ordinary life.
        scenario: the forms of fraud in it.
        seeds: the world's random streams.
        folder: an empty or new folder.
    """
    simulation, files, rows = Simulation(world, scenario, seeds), _Files(folder), 0
    for span in simulation.spans():
        for table, batch in span.tables.items():
            rows += len(batch)
            part = _month(batch)
            for partner, held in by_partner(world, table, batch):
                files.write(partner, table, part, held)
        events, calls, payments = truth_frames(simulation, span)
        for name, truth in (("events", events), ("calls", calls), ("payments", payments)):
            files.write(TRUTH, name, 0, truth)
    for table, batch in simulation.registers():
        rows += len(batch)
        for partner, held in by_partner(world, table, batch):
            files.write(partner, table, 0, held)
    labels = simulation.labels()
    for sector in world.market.present:
        for name in world.market.partners(sector) if SECTORS[sector].reported else ():
            files.write(name, "labels", 0, labels[labels["partner"] == name])
    files.write(TRUTH, "cases", 0, simulation.cases())
    for links in simulation.links():
        files.write(TRUTH, "links", 0, links)
    files.close()
    return Written(rows=rows, copies=files.copies, files=files.count)


def by_partner(world: WorldSettings, table: str, rows: Batch) -> Iterator[tuple[str, Batch]]:
    """Yield the rows that each partner of the table's sector holds, in their order."""
    holders = TABLES[table].holders
    for index, partner in enumerate(world.market.partners(TABLES[table].sector)):
        held = rows[holders[0]] == index
        for holder in holders[1:]:
            held |= rows[holder] == index
        yield partner, rows.take(np.flatnonzero(held))


def _month(rows: Batch) -> int:
    """Return the month of the first row; a file holds the chunks that begin in one month."""
    if "time" not in rows.columns or not len(rows):
        return 0
    return int(rows["time"][0]) // (MONTH_DAYS * DAY)


class _Files:
    """Open Parquet files, one per partner and table; a new month closes the previous file."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._open: dict[tuple[str, str], tuple[int, pq.ParquetWriter]] = {}
        self.copies = self.count = 0

    def write(self, partner: str, table: str, part: int, rows: Batch | pd.DataFrame) -> None:
        """Append rows as a row group; the first write of a table makes a file even if empty."""
        content = (
            pa.Table.from_pandas(rows, preserve_index=False)
            if isinstance(rows, pd.DataFrame)
            else pa.table(dict(rows.columns))
        )
        present, writer = self._open.get((partner, table), (-1, None))
        if writer is None or present < part:
            if writer is not None:
                writer.close()
            place = self._folder / partner / table
            place.mkdir(parents=True, exist_ok=True)
            writer = pq.ParquetWriter(
                place / f"part-{part:03d}.parquet",
                content.schema,
                compression="zstd",
                compression_level=1,
                use_dictionary=[],
            )
            self._open[partner, table] = (part, writer)
            self.count += 1
        elif not len(content):
            return
        writer.write_table(content)
        if partner != TRUTH:
            self.copies += len(content)

    def close(self) -> None:
        """Finish all files."""
        for _, writer in self._open.values():
            writer.close()
