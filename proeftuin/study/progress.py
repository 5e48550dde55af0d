"""A bar that shows how much of a study is finished."""

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from tqdm import tqdm

POLL_S = 0.5


@contextmanager
def progress(places: Sequence[Path], name: str) -> Iterator[None]:
    """Show how many folders of arms and contributions exist, while the study runs."""
    stop = threading.Event()

    def finished() -> int:
        return sum(place.exists() for place in places)

    with tqdm(total=len(places), initial=finished(), unit="part", desc=name) as bar:

        def watch() -> None:
            while not stop.wait(POLL_S):
                bar.update(finished() - bar.n)

        watcher = threading.Thread(target=watch, daemon=True)
        watcher.start()
        try:
            yield
        finally:
            stop.set()
            watcher.join()
            bar.update(finished() - bar.n)
