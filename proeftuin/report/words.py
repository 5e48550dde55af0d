"""The report's language: texts by key, and numbers in that language's notation.

No text holds a figure: every number reaches a sentence through a placeholder, so it always comes
from the run (or, for units such as "per 10,000", from a constant here).
"""

import math
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass, field
from importlib.resources import files
from typing import Any

from proeftuin.metrics import METRICS
from scenarios import plugins

LANGUAGES = ("en", "nl")
#: Prefixes of the names of a language's text files; no two files hold the same table.
PARTS = ("", "policy.")
#: Figures that belong to a unit or a definition, not to a run.
CONSTANTS = {"one": 1, "thousand": 1_000, "ten_thousand": 10_000}
#: Start of the key of every figure about a fraud form.
OF_A_FORM = "scenario.forms."
_TO_DUTCH = str.maketrans(",.", ".,")
_SUPERSCRIPT = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")
_DECIMALS = {
    "average_precision": 3,
    "average_precision_real": 3,
    "roc_auc": 3,
    "f1_at_budget": 3,
    "precision_real": 3,
    "predictive_equality": 2,
    "predictive_equality_payee": 2,
}
_COUNTS = (
    "persons", "fields", "bytes", "cases", "entities", "persons a year", "cases a year", "rows",
    "payments", "accounts", "reports", "rounds", "days",
)  # fmt: skip


def base_metric(metric: str) -> str:
    """Return a metric's name without the group it is measured over."""
    return metric.partition("[")[0]


@dataclass(frozen=True)
class Words:
    """The texts and number formats of one language.

    Attributes:
        language: ``en`` or ``nl``.
        texts: the nested tables of ``texts/<language>.toml`` and ``texts/policy.<language>.toml``,
            and of the ``texts/<language>.toml`` of plug-ins.
        figures: translated descriptions of figures by key, see :meth:`figure`; empty for English.
        named: placeholders that every text may use, e.g. what a study calls its baseline.
    """

    language: str
    texts: dict[str, Any]
    figures: dict[str, str]
    named: dict[str, str] = field(default_factory=dict)

    def __call__(self, key: str, **values: object) -> str:
        """Return the text at a dotted key with its placeholders filled.

        Raises:
            KeyError: the key or a placeholder is unknown.
        """
        text: Any = self.texts
        for part in key.split("."):
            text = text[part]
        return self.fill(str(text), **values)

    def fill(self, text: str, **values: object) -> str:
        """Fill the placeholders of a text."""
        constants = {name: self.number(value, 0) for name, value in CONSTANTS.items()}
        return text.format(**constants, **self.named, **values)

    def term(self, raw: object) -> str | None:
        """Return the text for a term that another part of the program wrote, or None."""
        known = self.texts["terms"].get(str(raw))
        return None if known is None else self.fill(str(known))

    def figure(self, key: str) -> str | None:
        """Return the description of a figure: the form's own, else that of all forms, or None.

        An intervention has one description for all sectors, a measure one for all arms.
        """
        first, _, inside = key.partition(".")
        if first in ("intervention", "arms"):
            _, _, inside = inside.partition(".")
            return self.figures.get(inside if first == "arms" else f"{first}.{inside}")
        if not key.startswith(OF_A_FORM):
            return self.figures.get(key)
        form, _, rest = key.removeprefix(OF_A_FORM).partition(".")
        return self.figures.get(f"form.{form}.{rest}") or self.figures.get(f"form.{rest}")

    def number(self, value: float, decimals: int, *, signed: bool = False) -> str:
        """Write a number with this language's separators and a real minus sign."""
        text = f"{abs(value):,.{decimals}f}"
        zero = not any(digit in text for digit in "123456789")
        sign = "" if zero else "\N{MINUS SIGN}" if value < 0 else "+" if signed else ""
        return sign + (text.translate(_TO_DUTCH) if self.language == "nl" else text)

    def plain(self, value: float) -> str:
        """Write a number of unknown magnitude, such as a setting, in its shortest form."""
        text = f"{value:,.10g}".replace("-", "\N{MINUS SIGN}")
        return text.translate(_TO_DUTCH) if self.language == "nl" else text

    def significant(self, value: float) -> str:
        """Write a number to three significant figures, very small ones as a power of ten."""
        if not math.isfinite(value):
            return self("no_limit" if value > 0 else "undetermined")
        if value == 0 or abs(value) >= 0.001:
            return self.plain(float(f"{value:.3g}"))
        mantissa, _, exponent = f"{value:.2e}".partition("e")
        power = str(int(exponent)).translate(_SUPERSCRIPT)
        return f"{self.plain(float(mantissa))}\N{NO-BREAK SPACE}×\N{NO-BREAK SPACE}10{power}"

    def percent(self, share: float) -> str:
        """Write a share that was set, not measured, as a percentage without trailing zeros."""
        return self.plain(round(100 * share, 6)) + "%"

    def bound(self, value: float) -> str:
        """Write an upper bound such as an epsilon: rounded up, never down."""
        if not math.isfinite(value):
            return self("no_limit" if value > 0 else "undetermined")
        return self.number(math.ceil(100 * value - 1e-9) / 100, 2)

    def measure(self, metric: str, value: float) -> str:
        """Write an outcome in its own unit, e.g. ``12.3%``; NaN becomes words."""
        if not math.isfinite(value):
            return self("undetermined")
        factor, suffix = _scale(metric)
        return self.number(value * factor, _decimals(metric, [value])) + suffix

    def interval(self, metric: str, low: float, high: float) -> str:
        """Write an interval of an outcome."""
        return self._interval(metric, [low, high], signed=False, suffix=_scale(metric)[1])

    def change(self, metric: str, value: float, *, signed: bool = True) -> str:
        """Write a difference; shares in percentage points, without the unit."""
        if not math.isfinite(value):
            return self("undetermined")
        return self.number(value * _scale(metric)[0], _decimals(metric, [value]), signed=signed)

    def change_interval(self, metric: str, low: float, high: float, *, signed: bool = True) -> str:
        """Write the interval of a difference, without the unit."""
        return self._interval(metric, [low, high], signed=signed, suffix="")

    def change_unit(self, metric: str) -> str:
        """Return the unit of a difference, in words."""
        return self("points") if _scale(metric)[1] else self(f"metrics.{base_metric(metric)}.unit")

    def data_size(self, size: float) -> str:
        """Write a number of bytes in a readable unit."""
        if not math.isfinite(size):
            return self("undetermined")
        power = 0
        while size >= 1000 and power < 4:
            size, power = size / 1000, power + 1
        unit = ("bytes", "kB", "MB", "GB", "TB")[power]
        return f"{self.number(size, 1 if power and size < 100 else 0)}\N{NO-BREAK SPACE}{unit}"

    def count(self, key: str, number: int) -> str:
        """Return a text in its singular or plural form, e.g. ``one world`` or ``6 worlds``."""
        form = "one" if number == 1 else "many"
        return self(f"counts.{key}.{form}", n=self.number(number, 0))

    def span(self, unit: str, numbers: Sequence[float]) -> str:
        """Write the smallest and largest of numbers in ``persons`` or ``bytes``."""
        if not numbers:
            return self("undetermined")
        write = self.data_size if unit == "bytes" else self._whole
        ends = [write(end) for end in (min(numbers), max(numbers))]
        return ends[0] if ends[0] == ends[1] else self("interval", low=ends[0], high=ends[1])

    def _whole(self, value: float) -> str:
        return self.number(value, 0)

    def listing(self, names: Sequence[str]) -> str:
        """Join names into running text."""
        if len(names) < 2:
            return "".join(names)
        return f"{', '.join(names[:-1])} {self('and')} {names[-1]}"

    def quoted(self, names: Sequence[str]) -> str:
        """Join names in quotation marks into running text."""
        return self.listing([self("quoted", name=name) for name in names])

    def _interval(self, metric: str, ends: list[float], *, signed: bool, suffix: str) -> str:
        if not all(map(math.isfinite, ends)):
            return self("no_interval")
        factor, decimals = _scale(metric)[0], _decimals(metric, ends)
        low, high = (self.number(end * factor, decimals, signed=signed) for end in ends)
        return self("interval", low=low, high=high + suffix)


def load_words(language: str) -> Words:
    """Load the texts of one language: ours, and what plug-ins add in files of the same names.

    Raises:
        plugins.PluginError: a plug-in brings a text that is there already.
    """
    folder = files(__package__) / "texts"
    texts: dict[str, Any] = {}
    for part in PARTS:
        texts |= tomllib.loads((folder / f"{part}{language}.toml").read_text("utf-8"))
    translated = folder / f"figures.{language}.toml"
    figures = tomllib.loads(translated.read_text("utf-8")) if translated.is_file() else {}
    for own, owner in plugins.folders("texts").items():
        for name, known in ((f"{language}.toml", texts), (f"figures.{language}.toml", figures)):
            if (own / name).is_file():
                _add(known, tomllib.loads((own / name).read_text("utf-8")), f"{owner}: {name}")
    return Words(language=language, texts=texts, figures=figures)


def _add(known: dict[str, Any], more: dict[str, Any], file: str) -> None:
    """Add the texts of a plug-in's file to those that are known, in place."""
    for key, text in more.items():
        if isinstance(text, dict) and isinstance(known.setdefault(key, {}), dict):
            _add(known[key], text, f"{file}: {key}")
        elif key in known:
            raise plugins.PluginError(f"{file}: {key} is there already; take it out of the file")
        else:
            known[key] = text


def _scale(metric: str) -> tuple[float, str]:
    """Factor and suffix: shares are written as percentages, an area under a curve is not."""
    if METRICS[metric].unit == "EUR a year":
        return (1e-6, "")  # in millions
    percentage = METRICS[metric].unit == "share" and not metric.startswith("average_precision")
    return (100.0, "%") if percentage else (1.0, "")


def _decimals(metric: str, values: Sequence[float]) -> int:
    """Decimals of a metric; more where an end would round to 0, or both ends to one number."""
    values = [round(value, 12) for value in values]  # floating-point residue counts as 0
    sizes = [abs(value * _scale(metric)[0]) for value in values]
    if METRICS[metric].unit in _COUNTS:
        return 0 if max(sizes) >= 10 or all(size.is_integer() for size in sizes) else 1
    decimals = _DECIMALS.get(base_metric(metric), 1)
    one_sided = min(values) > 0 or max(values) < 0
    while one_sided and decimals < 6 and round(min(sizes), decimals) == 0:
        decimals += 1
    ends = {round(value * _scale(metric)[0], decimals) for value in values}
    return decimals + (min(values) < max(values) and len(ends) == 1)
