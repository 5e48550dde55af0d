"""The record of a run: what was asked, with which versions, and the folder that follows from it.

The same settings, source and versions give the same fingerprint and so the same folder: running a
command again resumes its run. What cannot change a number (where files go, how many jobs) is left
out.
"""

import hashlib
import json
import os
import platform
import re
import subprocess
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml  # type: ignore[import-untyped]
from pydantic import TypeAdapter

from proeftuin import __version__
from proeftuin.errors import RunFolderError
from proeftuin.files import write_text
from proeftuin.settings.paths import PACKAGE
from proeftuin.settings.study import Settings
from scenarios import plugins

if TYPE_CHECKING:
    from proeftuin.settings.changes import Change

#: Settings that cannot change a result.
INCIDENTAL = ("output_dir", "jobs", "tracking", "report", "audit")
#: Settings that determine the worlds.
OF_WORLDS = ("world", "scenario", "seed")
#: Our packages, and those that make worlds.
PACKAGES = ("proeftuin", "scenarios", "synthetic_data")
GENERATOR = PACKAGES[1:]
LIBRARIES = ("numpy", "torch", "flwr", "opacus", "scikit-learn", "pandas", "scipy", "xgboost-cpu")
#: Versions that no world depends on: our own number, and libraries that only learn.
IDLE_IN_WORLDS = ("proeftuin", "torch", "flwr", "opacus", "scikit-learn", "xgboost-cpu")


@dataclass(frozen=True)
class RunRecord:
    """The request behind a run.

    Attributes:
        settings: all settings, resolved, as plain values.
        overrides: what the user typed after the verb.
        command: the whole command line.
        changed: options and values that are not the default, however they were given.
    """

    settings: Mapping[str, Any]
    overrides: tuple[str, ...]
    command: str
    changed: "tuple[Change, ...]" = ()

    @classmethod
    def of(
        cls,
        settings: Settings,
        *,
        overrides: Sequence[str],
        command: str,
        changed: "Sequence[Change]" = (),
    ) -> "RunRecord":
        """Return the record of checked settings."""
        plain = TypeAdapter(Settings).dump_python(settings, mode="json")
        return cls(plain, tuple(overrides), command, tuple(changed))

    @cached_property
    def fingerprints(self) -> dict[str, str | None]:
        """SHA-256 of each thing that can change a result, by its name.

        ``settings`` are those that matter; ``stored_world`` is what a folder holds, wherever it
        is, and None for a generated world. ``worlds`` is of everything that makes the worlds: runs
        that agree in it ran in the same worlds.
        """
        relevant = {key: self.settings[key] for key in self.settings if key not in INCIDENTAL}
        place = self.settings["world"].get("folder")
        stored = None if place is None else folder_digest(Path(place))
        relevant["world"] = {
            key: value for key, value in relevant["world"].items() if key != "folder"
        }
        installed = versions()
        of_worlds = {
            "settings": {key: relevant[key] for key in OF_WORLDS},
            "stored_world": stored,
            "source": source_digest(*GENERATOR),
            "versions": {name: installed[name] for name in installed if name not in IDLE_IN_WORLDS},
        }
        return {
            "settings": digest(relevant),
            "source": source_digest(*PACKAGES),
            "versions": digest(installed),
            "stored_world": stored,
            "worlds": digest(of_worlds),
        }

    @cached_property
    def fingerprint(self) -> str:
        """SHA-256 of source, versions, plug-ins, a stored world and every setting that matters."""
        return digest(self.fingerprints)

    @property
    def folder(self) -> Path:
        """The run folder; the same for the same study."""
        output = Path(self.settings["output_dir"])
        return output / str(self.settings["study"]["name"]) / self.fingerprint[:12]

    @property
    def world_folder(self) -> Path:
        """Where ``proeftuin generate`` writes; the same for the same world, whatever the arms."""
        world = {key: self.settings[key] for key in OF_WORLDS}
        name = f"{world['world']['name']}-{digest(world)[:12]}"
        return Path(self.settings["output_dir"]) / "worlds" / name

    def write(self) -> Path:
        """Create the run folder with ``config.yaml`` and ``manifest.json``; return the folder.

        Raises:
            RunFolderError: the folder cannot be written.
        """
        manifest = {
            "fingerprint": self.fingerprint,
            "fingerprints": self.fingerprints,
            "command": self.command,
            "overrides": list(self.overrides),
            "changed": [change.text for change in self.changed],
            "versions": versions(),
            **_source(),
            "hardware": _hardware(),
            "python": platform.python_version(),
            "seed": self.settings["seed"],
            "repetitions": self.settings["repetitions"],
        }
        config = yaml.safe_dump(dict(self.settings), sort_keys=False, allow_unicode=True)
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            self._write("config.yaml", config)
            self._write("manifest.json", json.dumps(manifest, indent=2, ensure_ascii=False) + "\n")
        except OSError as error:
            raise RunFolderError(f"{self.folder}: cannot be written ({error.strerror})") from error
        return self.folder

    def _write(self, name: str, text: str) -> None:
        """Write a file at once, without paths and passwords of the user."""
        output, home = Path(self.settings["output_dir"]), Path.home()
        for private, public in ((output, output.name), (home, "~")):
            if private.is_absolute() and private != Path(private.anchor):
                text = text.replace(str(private), public)
        write_text(self.folder / name, re.sub(r"//[^/@\s]+@", "//", text))


def digest(content: object) -> str:
    """Return the SHA-256 of plain values; the order of keys counts, as it does in a world."""
    text = json.dumps(content, ensure_ascii=True, separators=(",", ":"), allow_nan=False)
    return hashlib.sha256(text.encode()).hexdigest()


def versions() -> dict[str, str | None]:
    """Return the versions of everything that can change a number; null if not installed.

    Raises:
        plugins.PluginError: a plug-in cannot be used.
    """

    def version(library: str) -> str | None:
        try:
            return metadata.version(library)
        except metadata.PackageNotFoundError:
            return None

    libraries = {library: version(library) for library in LIBRARIES}
    return {"proeftuin": __version__, **libraries, **_plugin_versions()}


@cache
def source_digest(*packages: str) -> str:
    """Return the SHA-256 of the source of packages; no run mixes results of different code."""
    whole = hashlib.sha256()
    for package in packages:
        for path in sorted((PACKAGE.parent / package).rglob("*.py")):
            whole.update(path.read_bytes())
    return whole.hexdigest()


def folder_digest(folder: Path) -> str:
    """Return the SHA-256 of all files below a folder and their names."""
    return _files_digest(folder, folder.rglob("*"))


@cache
def _plugin_versions() -> dict[str, str]:
    """Return version and source digest of every distribution that brings a part, used or not."""
    found = {}
    for name, (distribution, places) in plugins.distributions().items():
        digests = [
            _files_digest(
                place.parent,
                (path for path in (place, *place.rglob("*")) if path.suffix != ".pyc"),
            )
            for place in places
        ]
        found[name] = f"{distribution.version} ({digest(digests)[:12]})"
    return found


def _files_digest(folder: Path, paths: Iterable[Path]) -> str:
    """Return the SHA-256 of files and of their names below a folder."""
    whole = hashlib.sha256()
    for path in sorted(path for path in paths if path.is_file()):
        with path.open("rb") as content:
            whole.update(path.relative_to(folder).as_posix().encode())
            whole.update(hashlib.file_digest(content, "sha256").digest())
    return whole.hexdigest()


def _source() -> dict[str, str | bool | None]:
    """Return the commit of the source and whether it was changed since; nulls if no checkout."""
    root = PACKAGE.parent
    nothing: dict[str, str | bool | None] = {"commit": None, "dirty": None}
    if not (root / ".git").exists():
        return nothing
    # Git asks for this word where the checkout is somebody else's; its code is running already.
    git = ["git", "-c", f"safe.directory={root}", "-C", str(root)]
    try:
        commit, status = (
            subprocess.check_output([*git, *words], text=True, stderr=subprocess.DEVNULL)
            for words in (("rev-parse", "HEAD"), ("status", "--porcelain"))
        )
    except (OSError, subprocess.CalledProcessError):
        return nothing
    return {"commit": commit.strip(), "dirty": bool(status.strip())}


def _hardware() -> dict[str, str | int | float | None]:
    try:
        memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    except (AttributeError, OSError, ValueError):  # not every system tells
        memory = 0.0
    return {
        "machine": platform.machine(),
        "cpus": os.cpu_count(),
        "memory_gib": round(memory, 1) or None,
    }
