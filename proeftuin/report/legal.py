"""Legal status of every form of sharing, and the mechanisms that protect what is shared."""

from proeftuin.instruments.base import LegalCard, Status
from proeftuin.instruments.learning import LEARNING
from proeftuin.instruments.mechanisms import HASHES_PER_SECOND, NUMBERS_TO_TRY, SOURCES
from proeftuin.instruments.registry import INSTRUMENTS
from proeftuin.report.arms import ReportedArm
from proeftuin.report.tables import Cell, Table
from proeftuin.report.words import Words
from proeftuin.run_files import Record

#: From possible now to furthest away.
STATUSES = tuple(Status)
NOTHING_SHARED, NO_CARD = "nothing_shared", "no_card"


def ways(arm: ReportedArm) -> list[str]:
    """Return the ways in which an arm shares: its instruments and its joint learning, if any.

    Those of today's practice are named where nothing else is shared.
    """
    together = [] if arm.learning == "own" else [arm.learning]
    return [*arm.instruments, *together] or [*arm.today]


def card(way: str) -> LegalCard | None:
    """Return the legal card of an instrument or of a kind of joint learning, if there is one."""
    return INSTRUMENTS[way].LEGAL if way in INSTRUMENTS else LEARNING.get(way)


def status(arm: ReportedArm) -> str:
    """Return the legal status of an arm as a key of the texts: the furthest one of its parts."""
    cards = [card(way) for way in ways(arm)]
    if not cards:
        return NOTHING_SHARED
    if None in cards:
        return NO_CARD
    return max((one.status for one in cards if one), key=STATUSES.index).value


def way_name(way: str, words: Words) -> str:
    """Return the display name of an instrument or of a kind of joint learning."""
    return str(words.texts["ways"].get(way, way.replace("_", " ")))


def _data_name(key: str, words: Words) -> str:
    """Return what a category of personal data is called; a plug-in may bring its own."""
    return str(words.texts["law"]["data"].get(key, key.replace("_", " ")))


def cards(arms: list[ReportedArm], words: Words) -> Table:
    """Return the legal cards of all ways of sharing, in the order of the arms."""
    rows = []
    for way in dict.fromkeys(way for arm in arms for way in ways(arm)):
        one = card(way)
        if one is None:
            continue
        rows.append(
            [
                Cell(way_name(way, words)),
                Cell(words(f"law.status.{one.status}")),
                Cell(words.listing([_data_name(each, words) for each in one.data])),
                Cell(words.listing([words(f"law.whose.{each}") for each in one.whose])),
                Cell(words("yes" if one.criminal_offence else "no")),
                Cell(words("yes" if one.traffic else "no")),
                Cell(one.source, lang=None if words.language == "en" else "en"),
            ]
        )
    keys = ("way", "status", "data", "whose", "criminal_offence", "traffic", "source")
    columns = [Cell(words(f"law.columns.{key}")) for key in keys]
    return Table(words("law.cards_caption"), columns, rows, text=tuple(range(len(keys))))


def mechanisms(arms: list[ReportedArm], words: Words) -> Table:
    """Return the settings of every instrument: providers, consumers, latency and protection."""
    found: dict[str, tuple[Record, list[str]]] = {}
    for arm in arms:
        for name, numbers in (arm.instruments or arm.today).items():
            key = f"{name} {numbers}"
            found.setdefault(key, ({**numbers, "name": name}, []))[1].append(arm.name)
    rows = [[*_setting(one, names, words)] for one, names in found.values() if "threshold" in one]
    keys = ("way", "from", "to", "when", "threshold", "kept", "errors", "mechanism")
    columns = [Cell(words(f"mechanisms.columns.{key}")) for key in keys]
    caption = words("mechanisms.caption")
    return Table(caption, columns, rows, text=tuple(range(len(keys))))


def _setting(one: Record, arms: list[str], words: Words) -> list[Cell]:
    mechanism = one["mechanism"]
    numbers = [
        words(f"mechanisms.{key}", value=words.plain(mechanism[key]))
        for key in ("epsilon", "false_positive_rate")
        if mechanism.get(key) is not None
    ]
    kept = words.plain(one["retention_days"])
    return [
        Cell(way_name(one["name"], words), details=(words.listing(arms),)),
        *(
            Cell(words.listing([words(f"sectors.{sector}") for sector in one[side]]))
            for side in ("providers", "consumers")
        ),
        Cell(
            words(f"mechanisms.latency.{one['latency']}"),
            details=(words("mechanisms.window", days=words.plain(one["window_days"])),),
        ),
        Cell(words.plain(one["threshold"])),
        Cell(
            words("mechanisms.retention", days=kept)
            if one["retention_days"]
            else words("mechanisms.not_kept")
        ),
        Cell(
            words(
                "mechanisms.errors",
                found=words.percent(one["match_rate"]),
                mistaken=words.percent(one["false_match_rate"]),
            )
        ),
        Cell(words(f"mechanisms.name.{mechanism['name']}"), details=tuple(numbers)),
    ]


def protections(words: Words) -> Table:
    """Return what every mechanism protects and costs, including those that no arm uses."""
    minutes = {entity: count / HASHES_PER_SECOND / 60 for entity, count in NUMBERS_TO_TRY.items()}
    spent = {
        "minutes": words.number(minutes["phone"], 0),
        "hours": words.number(minutes["account"] / 60, 0),
        "rate": words.number(HASHES_PER_SECOND, 0),
    }
    rows = [
        [
            Cell(words(f"mechanisms.name.{name}")),
            Cell(words(f"mechanisms.gives.{name}", **spent)),
            Cell(words(f"mechanisms.costs.{name}")),
            Cell(source, lang=None if words.language == "en" else "en"),
        ]
        for name, source in SOURCES.items()
    ]
    keys = ("mechanism", "gives", "costs", "source")
    columns = [Cell(words(f"mechanisms.columns.{key}")) for key in keys]
    return Table(words("mechanisms.protections"), columns, rows, text=tuple(range(len(keys))))
