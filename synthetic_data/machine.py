"""How much memory and disk this machine allows."""

import os
import resource
import shutil
from pathlib import Path

GROUPS, OWN_GROUPS = Path("/sys/fs/cgroup"), Path("/proc/self/cgroup")


def memory() -> float:
    """Return the bytes that all processes may use together: of the machine, or of its container."""
    machine = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    return min([float(machine), *_limits_of_groups()])


def address_space() -> float:
    """Return the bytes that one process may map (``ulimit -v``); infinite without a limit."""
    limit, _ = resource.getrlimit(resource.RLIMIT_AS)
    return float("inf") if limit == resource.RLIM_INFINITY else float(limit)


def free_disk(folder: Path) -> float:
    """Return the bytes that are free where a folder is, or will be."""
    place = folder.absolute()
    while not place.exists():
        place = place.parent
    return float(shutil.disk_usage(place).free)


def _limits_of_groups() -> list[float]:
    """Return the limits of the control groups that this process is in, of either version."""
    try:
        lines = OWN_GROUPS.read_text("utf-8").splitlines()
    except OSError:  # no Linux
        return []
    limits = []
    for line in lines:
        _, controllers, path = line.split(":", 2)
        if controllers == "":
            root, name = GROUPS, "memory.max"
        elif "memory" in controllers.split(","):
            root, name = GROUPS / "memory", "memory.limit_in_bytes"
        else:
            continue
        own = root / path.lstrip("/")
        for group in (own, *own.parents):
            if group.is_relative_to(root) and (group / name).is_file():
                text = (group / name).read_text("utf-8").strip()
                limits += [float(text)] if text.isdecimal() else []  # or "max"
    return limits
