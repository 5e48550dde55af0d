"""Pages in which no text of a user's is markup, or a sign that a page cannot hold."""

import re
from typing import Any

from jinja2 import BaseLoader, Environment, StrictUndefined
from markupsafe import Markup

#: What neither HTML nor SVG may hold: an SVG with one cannot be read, a terminal obeys it.
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff]")


def without_control(text: str) -> str:
    """Return a text with a question mark for every sign of control."""
    return _CONTROL.sub("?", text)


def environment_of(loader: BaseLoader) -> Environment:
    """Return an environment of templates that escape all that they are given."""
    return Environment(
        loader=loader,
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=_shown,
    )


def _shown(value: Any) -> Any:
    is_text = isinstance(value, str) and not isinstance(value, Markup)
    return without_control(value) if is_text else value
