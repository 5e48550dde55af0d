"""The arms of a study as the report shows them: name, description, chart style and disclosures."""

import math
from collections import Counter
from dataclasses import dataclass, field, replace
from functools import cache
from itertools import chain
from typing import Any

import yaml  # type: ignore[import-untyped]

from proeftuin.report.folder import RunFolder, lookup
from proeftuin.report.palette import Style, style
from proeftuin.report.words import Words
from proeftuin.run_files import Record
from proeftuin.settings.paths import conf_dirs
from proeftuin.settings.sweep import ALONE
from synthetic_data.schema import SECTORS


@dataclass(frozen=True)
class ReportedArm:
    """One arm of a study.

    Attributes:
        key: name in the settings and the outcomes.
        name: display name, unique within the study.
        about: what is shared, in one sentence.
        translated: whether ``about`` is in the report's language.
        detector: display name of its detector.
        style: colour and marker in charts.
        coalition: partners of any sector that take part.
        model: whether a jointly trained model leaves the bank.
        rows: whether rows leave the bank.
        signal: whether a signal crosses sectors.
        learning: ``own``, ``federated``, ``pooled`` or ``vertical``.
        instruments: settings of each instrument of the regime, by name, beyond today's practice.
        today: likewise of those in use today.
        unanswered: names of those in use today that this world cannot answer.
        model_private: whether differential privacy bounds what the model reveals.
        signal_epsilon: largest epsilon of one answer over the instruments; None if there are no
            instruments or one of them answers without noise.
    """

    key: str
    name: str
    about: str
    translated: bool
    detector: str
    style: Style
    coalition: tuple[str, ...]
    model: bool
    rows: bool
    signal: bool
    model_private: bool
    signal_epsilon: float | None
    learning: str
    instruments: dict[str, Record] = field(hash=False)
    today: dict[str, Record] = field(hash=False)
    unanswered: tuple[str, ...]

    def is_noisy(self, other: "ReportedArm") -> bool:
        """Whether this arm is another one with noise: what is shared and who learns is the same."""
        same = ("detector", "coalition", "learning", "instruments", "today", "rows", "signal")
        alike = all(getattr(self, name) == getattr(other, name) for name in same)
        return self.model_private and not other.model_private and alike

    @property
    def exposed(self) -> tuple[str, ...]:
        """Channels that leave without a differential privacy guarantee."""
        return tuple(
            channel
            for channel, leaves in (
                ("rows", self.rows),
                ("model", self.model and not self.model_private),
                ("signal", self.signal and self.signal_epsilon is None),
            )
            if leaves
        )

    @property
    def protected(self) -> tuple[str, ...]:
        """Channels that leave with a differential privacy guarantee."""
        return tuple(
            channel
            for channel, leaves in (
                ("model", self.model and self.model_private),
                ("signal", self.signal and self.signal_epsilon is not None),
            )
            if leaves
        )

    @property
    def shares_nothing(self) -> bool:
        """Whether no rows, model or signal leaves beyond today's practice."""
        return not (self.rows or self.model or self.signal)


def read_arms(run: RunFolder, words: Words) -> list[ReportedArm]:
    """Return the arms: the baseline first, the ceiling last, the others as configured."""
    settings = lookup(run.config, "arms")
    everyone = parties(run)
    arms = [_read_arm(key, arm, everyone, words) for key, arm in settings.items()]
    arms = _disambiguated(arms, {arm.key: arm.detector for arm in arms})
    budgets = {key: lookup(arm, "privacy.epsilon") for key, arm in settings.items()}
    arms = _disambiguated(
        arms,
        {
            key: "" if one is None else words("privacy.epsilon_is", epsilon=words.plain(one))
            for key, one in budgets.items()
        },
    )
    arms = _disambiguated(arms, {arm.key: arm.key for arm in arms})
    first, last = lookup(run.config, "study.baseline"), lookup(run.config, "study.ceiling")
    return sorted(arms, key=lambda arm: (arm.key != first, arm.key == last))


def epsilon_text(arm: ReportedArm, epsilon: float, words: Words) -> str:
    """Describe the privacy guarantee of an arm and what it covers; no epsilon stands alone.

    Args:
        arm: the arm.
        epsilon: largest outcome ``epsilon`` of the arm over the worlds, which bounds what its model
            reveals; NaN if there is none.
        words: texts and number formats.
    """
    if arm.shares_nothing:
        return words("privacy.today_leaves" if arm.today else "privacy.nothing_leaves")
    parts = []
    if arm.model and arm.model_private and math.isfinite(epsilon):
        key = "epsilon_for" if arm.signal else "epsilon_is"
        bound = words.bound(epsilon)
        parts.append(words(f"privacy.{key}", epsilon=bound, what=words("privacy.channels.model")))
    if arm.signal_epsilon is not None:
        bound = words.bound(arm.signal_epsilon)
        parts.append(words("privacy.per_answer_is", epsilon=bound))
    if not parts:
        return words("privacy.no_guarantee")
    parts += [
        words("privacy.unlimited", what=words(f"privacy.channels.{channel}"))
        for channel in arm.exposed
    ]
    return "; ".join(parts)


def parties(run: RunFolder) -> tuple[str, ...]:
    """Return the partners of all sectors present; police and helpdesk count as one partner each."""
    market = lookup(run.config, "world.market")
    present = [sector for sector in SECTORS if sector not in market["absent"]]
    return tuple(name for sector in present for name in market.get(sector, (sector,)))


def _read_arm(key: str, settings: Any, everyone: tuple[str, ...], words: Words) -> ReportedArm:
    regime, privacy = settings["regime"], settings["privacy"]
    learning, signal = regime.get("learning", "own"), regime.get("instruments", {})
    name, about, translated = _called(regime, words)
    name, about = _less_of_today(regime, name, about, words)
    if privacy.get("unit") is not None:
        name, about = _with(privacy["name"], privacy.get("about", ""), name, about, words)
    for measure in settings.get("measures") or {}:
        own = words.texts["measures"].get(measure)
        label = own["name"] if own else measure.replace("_", " ")
        name = words("with_measure", name=name, measure=label)
        about = f"{about} {own['about']}" if own else about
    model_private = privacy.get("unit") is not None
    epsilons = [each["mechanism"].get("epsilon") for each in signal.values()]
    signal_epsilon = None if None in epsilons else max(epsilons, default=None)
    if signal_epsilon is not None:
        counts = all(each["mechanism"]["name"] == "dp_count" for each in signal.values())
        policy = "noisy_counts" if counts else "randomised"
        name, about = _with(policy, "", name, about, words)
    coalition = regime.get("coalition", "all")
    members = tuple(each for each in everyone if coalition == "all" or each in coalition)
    if members != everyone:
        name = words("with_coalition", name=name, part=len(members), whole=len(everyone))
    asked = [each["partners"] for each in signal.values() if each.get("partners", "all") != "all"]
    if asked:
        partners = [str(each).replace("_", " ") for each in dict.fromkeys(chain(*asked))]
        name = words("with_partners", name=name, partners=words.listing(partners))
    return ReportedArm(
        key=key,
        name=name,
        about=about,
        translated=translated,
        detector=_detector(settings, words),
        style=style(
            learning=learning,
            signal=bool(signal) or learning == "vertical",
            private=model_private or signal_epsilon is not None,
        ),
        coalition=members,
        model=learning == "federated",
        rows=learning == "pooled",
        signal=bool(signal) or learning == "vertical",
        model_private=model_private,
        signal_epsilon=signal_epsilon,
        learning=learning,
        instruments=signal,
        today=regime.get("today", {}),
        unanswered=tuple(regime.get("unanswered", ())),
    )


def _called(regime: Record, words: Words) -> tuple[str, str, bool]:
    """Return what a regime is called, a sentence about it, and whether that is translated.

    The name of an option is used only for what that option shares; a regime that was changed is
    called by what it shares.
    """
    learning, instruments = regime.get("learning", "own"), regime.get("instruments", {})
    own = str(regime["name"])
    option = own.removesuffix(f"_{ALONE}")
    known, usual = words.texts["regimes"].get(option), _parts_of(option)
    alone = known and option != own
    if usual and not alone and learning != "pooled" and usual != (learning, {*instruments}):
        together = [] if learning == "own" else [learning]
        ways = [words.texts["ways"].get(way, way) for way in (*together, *instruments)]
        if not ways and regime.get("today"):
            today = words.texts["regimes"]["today"]
            return today["name"], today["about"], True
        told = words.listing(ways) or words("no_sharing")
        return told[0].upper() + told[1:], words("mixed", ways=told), True
    if not known:
        return own.replace("_", " "), regime.get("about", ""), False
    if alone:
        name = words("alone.name", name=known["name"])
        return name, f"{known['about']} {words('alone.about')}", True
    return known["name"], known["about"], True


def _less_of_today(regime: Record, name: str, about: str, words: Words) -> tuple[str, str]:
    """Add which parts of today's practice a regime leaves out; one without any shares nothing.

    A run from before today's practice has no such part.
    """
    shares = {*regime.get("today", ()), *regime.get("unanswered", ())}
    if not shares and ("today" not in regime or regime["name"] == "silo"):
        return name, about
    if regime["name"] == "silo" and not regime.get("instruments"):
        name, about = (words.texts["regimes"]["today"][key] for key in ("name", "about"))
    missing = [words.texts["ways"].get(one, one) for one in _parts_of_today() if one not in shares]
    if missing:
        name = words("without_parts", name=name, parts=words.listing(missing))
    return name, about


@cache
def _parts_of_today() -> tuple[str, ...]:
    """Return the instruments of today's practice, as its option has them."""
    files = [one / "regime" / "today.yaml" for one in conf_dirs()]
    content = yaml.safe_load(next(file for file in files if file.exists()).read_text("utf-8"))
    keys = [key for each in content["defaults"] if isinstance(each, dict) for key in each]
    return tuple(key.rpartition(".")[2] for key in keys if "@today." in key)


@cache
def _parts_of(option: str) -> tuple[str, set[str]] | None:
    """Return how an option of the group of regimes learns, and its instruments; None for others."""
    files = {path.stem: path for one in conf_dirs() for path in (one / "regime").glob("*.yaml")}
    if option not in files:
        return None
    content = yaml.safe_load(files[option].read_text("utf-8"))
    keys = [key for each in content.get("defaults", ()) if isinstance(each, dict) for key in each]
    return content["learning"], {
        key.rpartition(".")[2] for key in keys if "@instruments." in str(key)
    }


def _with(policy: str, fallback: str, name: str, about: str, words: Words) -> tuple[str, str]:
    """Add a privacy policy to an arm's name and sentence."""
    known = words.texts["policies"].get(policy, {"name": policy, "about": fallback})
    name = words("with_privacy", name=name, privacy=known["name"])
    return name, f"{about} {known['about']}".strip()


def _detector(settings: Any, words: Words) -> str:
    name = str(settings["detector"]["name"])
    return str(words.texts["detectors"].get(name, name))


def _disambiguated(arms: list[ReportedArm], marks: dict[str, str]) -> list[ReportedArm]:
    """Add marks to names that several arms share, where the marks differ."""
    names = Counter(arm.name for arm in arms)
    kinds = Counter((arm.name, marks[arm.key]) for arm in arms)
    return [
        replace(arm, name=f"{arm.name} ({marks[arm.key]})")
        if names[arm.name] > kinds[(arm.name, marks[arm.key])]
        else arm
        for arm in arms
    ]
