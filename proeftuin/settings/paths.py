"""The folders of YAML settings."""

from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, Field

from proeftuin.errors import ProeftuinError
from scenarios import plugins

PACKAGE = Path(__file__).resolve().parents[1]


def _written_out(path: str) -> str:
    if path.startswith("~"):
        raise ValueError("only a shell knows what ~ is; write the folder out")
    return path


Folder = Annotated[str, Field(min_length=1), AfterValidator(_written_out)]
"""A folder in settings; on a command line, a ``~`` has become the home before."""


def conf_dir() -> Path:
    """Return the folder with the YAML settings: inside an installed package, or beside it.

    Raises:
        ProeftuinError: neither place holds a ``config.yaml``.
    """
    places = (PACKAGE / "conf", PACKAGE.parent / "conf")
    for place in places:
        if (place / "config.yaml").is_file():
            return place
    raise ProeftuinError(
        f"no settings found: neither {places[0]} nor {places[1]} holds a config.yaml; "
        "install proeftuin again, or run it from a complete checkout"
    )


def conf_dirs() -> list[Path]:
    """Return every folder with YAML settings: ours, then those of plug-ins.

    Raises:
        plugins.PluginError: a plug-in brings an option that another folder has already.
    """
    found: dict[Path, str] = {conf_dir(): "proeftuin", **plugins.folders("conf")}
    owners: dict[str, str] = {}
    for folder, owner in found.items():
        for path in sorted(folder.glob("**/*.yaml")):
            option = path.relative_to(folder).as_posix()
            if option in owners:
                raise plugins.PluginError(
                    f"conf/{option}: {owner} brings it, and {owners[option]} has one already; "
                    f"rename the file in {owner}"
                )
            owners[option] = owner
    return list(found)
