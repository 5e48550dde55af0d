"""A user's own files of settings: what is wrong with them, before Hydra reads them.

Hydra says of a file that it cannot read, or that names another that is not there, that the option
does not exist. And a file could set Hydra itself, which makes Python objects of what it is told.
"""

import re
from collections.abc import Iterator, Sequence
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from omegaconf import OmegaConf
from omegaconf.errors import OmegaConfBaseException

from scenarios.foreign import ForeignFileError, check_yaml, read_yaml

#: The comment that says where in the settings a file goes.
INTO_HYDRA = re.compile(r"^\s*#\s*@\s*package\b.*\bhydra\b", re.MULTILINE)


def problem_of_folder(folder: Path, known: Sequence[Path]) -> str | None:
    """Return what in a user's folder would be passed over, if anything would.

    Args:
        folder: the folder of ``--config-dir``.
        known: the other folders of settings, which come first.
    """
    if not folder.is_dir():
        return f"--config-dir={folder}: no such folder"
    if (folder / "config.yaml").is_file():
        return (
            f"{folder / 'config.yaml'}: is not read; put settings in the folder of their group, "
            "such as study/mine.yaml, and leave it out"
        )
    for path in sorted(folder.glob("*/*.yaml")):
        option = path.relative_to(folder)
        if any((other / option).is_file() for other in known):
            return (
                f"{path}: is not read, for {option.parent}={option.stem} exists already; "
                "give the file another name"
            )
    return None


def problem_of_file(
    path: Path, folders: Sequence[Path], trail: tuple[Path, ...] = ()
) -> str | None:
    """Return what is wrong with a user's own file, or with one of theirs that it names.

    Args:
        path: the file, in the last of the folders.
        folders: every folder of settings, the user's last.
        trail: the files that name it.
    """
    if path in trail:
        return f"{path}: its defaults lead back to itself; take {path.stem} out of them"
    try:
        plain, text = read_yaml(path), check_yaml(path)
        OmegaConf.create(text)
    except ForeignFileError as error:
        return str(error)
    except OmegaConfBaseException:
        return f"{path}: null is no name, and every ${{ needs a }}; put what is text in quotes"
    if not isinstance(plain, dict) or not plain:
        return f"{path}: holds no settings; write them as key: value, one a line"
    named = plain.get("defaults", [])
    if not isinstance(named, list):
        return f"{path}: defaults is a list; write defaults: [{named}]"
    if "hydra" in plain or INTO_HYDRA.search(text) or any("hydra" in str(one) for one in named):
        return f"{path}: sets Hydra itself, and proeftuin sets that; leave it out"
    for one in named:
        if not (isinstance(one, str) or (isinstance(one, dict) and len(one) == 1)):
            return f"{path}: its defaults hold {one}; write an option, or group: option"
    if any("${" in str(one) for one in named):
        return f"{path}: its defaults hold a ${{...}}; write the option itself"
    for group, option in _named(named, path.parent.name):
        if problem := _problem_of_default(group, option, path, folders, trail):
            return problem
    return None


def _problem_of_default(
    group: str, option: str, path: Path, folders: Sequence[Path], trail: tuple[Path, ...]
) -> str | None:
    found = [file for one in folders if (file := one / group / f"{option}.yaml").is_file()]
    if not found:
        options = [file.stem for one in folders for file in sorted((one / group).glob("*.yaml"))]
        close = get_close_matches(option, [one for one in options if one != path.stem], 1)
        meant = f"; did you mean {close[0]}?" if close else ""
        known = f" (allowed are {', '.join(options)})" if options else ""
        return f"{path}: its defaults name {group}={option}, which does not exist{meant}{known}"
    is_own = found[0].is_relative_to(folders[-1])
    return problem_of_file(found[0], folders, (*trail, path)) if is_own else None


def _named(defaults: list[Any], group: str) -> Iterator[tuple[str, str]]:
    """Return the group and option of every default that names one by a fixed name."""
    for one in defaults:
        [(key, options)] = one.items() if isinstance(one, dict) else [("", one)]
        place = key.removeprefix("override ").removeprefix("optional ").partition("@")[0].strip()
        if place and not place.startswith("/"):
            place = f"{group}/{place}"
        for option in options if isinstance(options, list) else [options]:
            if isinstance(option, str) and option != "_self_":
                yield place.lstrip("/") or group, option.removesuffix(".yaml")
