"""Paths on a command line mean what they say, whatever signs they hold.

A shell leaves ``output_dir=~/x`` as it is, and Hydra reads commas, brackets, accents and quotes as
signs of its own.
"""

import re
from pathlib import Path

#: Settings that are a path.
PATHS = ("output_dir", "world.folder")
_PLAIN = re.compile(r"[A-Za-z0-9_./+-]*|[\"'].*")


def as_meant(word: str) -> str:
    """Return a word of a command line with the home written out, and a path as Hydra reads it."""
    key, sign, value = word.partition("=")
    if not sign:
        return _with_home(word)
    value = _with_home(value)
    return f"{key}={literal(value) if key.lstrip('+') in PATHS else value}"


def literal(path: str) -> str:
    """Return a path in Hydra's quotes, if it has a sign that Hydra might not take as it is."""
    if _PLAIN.fullmatch(path):
        return path
    # Backslashes stand for themselves, but before a quote they are doubled.
    inside = re.sub(r'(\\*)("|$)', lambda end: end[1] * 2 + ('\\"' if end[2] else ""), path)
    return f'"{inside}"'


def _with_home(text: str) -> str:
    return str(Path.home()) + text[1:] if text == "~" or text.startswith("~/") else text
