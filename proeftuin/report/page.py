"""The report of a run: one self-contained page per language, made from the run folder alone.

A page loads nothing and runs no script: styles and charts are inline, and its content security
policy forbids the rest. The same run gives the same bytes.
"""

from dataclasses import replace
from pathlib import Path
from typing import Any

from jinja2 import PackageLoader

from proeftuin.files import write_text
from proeftuin.metrics import AGE_GROUPS
from proeftuin.outcomes.intervals import FEWEST_WORLDS
from proeftuin.report import (
    alerts,
    appendix,
    budgets,
    contributions,
    disclosed,
    explained,
    figures,
    findings,
    firstpage,
    legal,
    necessity,
    partners,
    plausibility,
    tables,
    worlds,
)
from proeftuin.report.arms import ReportedArm, parties, read_arms
from proeftuin.report.escaping import environment_of
from proeftuin.report.figures import Scene
from proeftuin.report.folder import RunFolder, lookup, read_run_folder
from proeftuin.report.results import Results, read_forms, read_results
from proeftuin.report.tables import Cell
from proeftuin.report.words import LANGUAGES, Words, load_words
from proeftuin.run_files import Record

Statement = tuple[tuple[str, tuple[Cell, ...]], ...]


def write_reports(run_folder: Path) -> list[Path]:
    """Write the report into a run folder: ``report.en.html``, ``report.nl.html`` or both.

    Pages of an earlier report in languages that the settings do not request are removed.

    Args:
        run_folder: holds config.yaml, manifest.json, outcomes.parquet, comparisons.parquet,
            data_flows.json, privacy.json, assumptions.json and curves.parquet; may hold
            coalitions.parquet, contributions.parquet, explained.parquet, decomposition.parquet,
            smallest.json, budgets.parquet and budget.json.

    Returns:
        The pages written.

    Raises:
        RunFolderError: a file is missing or lacks what the report needs.
    """
    run = read_run_folder(run_folder)
    results, forms = read_results(run), read_forms(run)
    template = environment_of(PackageLoader("proeftuin.report")).get_template("report.html.j2")
    pages = []
    languages = _languages(run)
    for language in LANGUAGES:
        page = run_folder / f"report.{language}.html"
        if language not in languages:
            page.unlink(missing_ok=True)
            continue
        contents = _contents(run, results, forms, load_words(language))
        html = template.render(contents, languages=languages)
        write_text(page, html)
        pages.append(page)
    return pages


def _languages(run: RunFolder) -> tuple[str, ...]:
    """Return the languages that the run's settings request; all of them if they name none."""
    language = lookup(run.config, "report.language") or "both"
    return LANGUAGES if language == "both" else (str(language),)


def _contents(
    run: RunFolder, results: Results, forms: dict[str, Results], words: Words
) -> dict[str, Any]:
    """Everything the template shows, in the order of the page."""
    every = read_arms(run, words)
    arms = budgets.not_swept(run, every)
    words = replace(words, named=_names(results, arms, words))
    shares = lookup(run.config, "world.market.bank")
    scene = Scene(results, arms, findings.headline(results, arms, words), shares, words)
    basis = "basis_stored" if lookup(run.config, "world.stored") else "basis"
    persons = words.number(lookup(run.config, "world.population.persons"), 0)
    return {
        "t": words,
        "language": words.language,
        "other": next(language for language in LANGUAGES if language != words.language),
        "study": lookup(run.config, "study.name"),
        "question": lookup(run.config, f"study.question_{words.language}"),
        "headline": explained.headline(run, scene, budgets.headline(run, scene)),
        "basis": words(f"page.{basis}", persons=persons, **scene.basis),
        "called": _called(run, words),
        **_first_page(run, results, forms, arms, words),
        "compared": _compared(run, arms, words),
        "detector": words("levels.same_detector", detector=arms[0].detector)
        if len({arm.detector for arm in arms}) == 1
        else "",
        **_details(run, scene),
        "levels": tables.levels(results, arms, words),
        "uplifts": tables.uplifts(results, arms, words),
        "tradeoff": figures.tradeoff(scene),
        "gains": figures.gains(scene),
        "stored": bool(lookup(run.config, "world.stored")),
        "alerts_curve": alerts.over_budgets(scene),
        "work": alerts.work(results, arms, words),
        "harm": figures.harm(scene),
        "burden": alerts.burden(scene),
        "burdens": alerts.burdens(results, arms, words),
        "journey": tables.journey(results, arms, words),
        "privacy": _privacy(run, every, scene),
        "acts": worlds.acts(run, words),
        "flows": appendix.flows(run.flows, every, shares, words("flows.caption"), words),
        "flows_per_bank": appendix.flows(run.flows, every, (), words("flows.per_bank"), words),
        "worlds": worlds.contents(run, words),
        "assumptions": worlds.assumptions(run.assumptions, words),
        "limits": worlds.limits(run, words),
        "made": _made(run, results),
        "curves": figures.learning(scene, run.curves),
        "learned": alerts.learned(scene, partners.names(lookup(run.config, "world.market"))),
        "glossary": appendix.glossary(words),
    }


def _called(run: RunFolder, words: Words) -> str:
    """Return what the banks and payments of imported data are, if they are something else."""
    called = lookup(run.config, "world.stored.origin.called") or {}
    return (
        words("page.called", **{k: v[words.language] for k, v in called.items()}) if called else ""
    )


def _first_page(
    run: RunFolder,
    results: Results,
    forms: dict[str, Results],
    arms: list[ReportedArm],
    words: Words,
) -> dict[str, Any]:
    several = forms if len(forms) > 1 else {}
    return {
        "overview": firstpage.overview(results, arms, words),
        "alerts": words(
            "overview.alerts",
            budget=words.plain(lookup(run.config, "intervention.bank.alerts_per_1000")),
        ),
        "best_by_form": firstpage.best_by_form(several, arms, words) if several else None,
        "by_form": firstpage.by_form(several, arms, words) if several else None,
        "waiting": firstpage.waiting(results, arms, words),
        "plausibility": plausibility.compared(results, arms, words),
        "plausibility_sources": plausibility.sources(words),
        "method": _method(results, words),
        "undecided_intro": words(
            "undecided.intro", worlds=words.count("worlds", len(results.seeds))
        ),
        "undecided": firstpage.undecided(results, arms, words),
    }


def _method(results: Results, words: Words) -> str:
    """Return how verdicts follow from the intervals; nothing where there are no intervals."""
    if len(results.seeds) < FEWEST_WORLDS and not results.within_one:
        return ""
    return words("undecided.method")


def _details(run: RunFolder, scene: Scene) -> dict[str, Any]:
    """The sections that not every study has; those without data are left out of the page."""
    results, arms, words = scene.results, scene.arms, scene.words
    groups = {group: findings.age_label(group) for group in AGE_GROUPS}
    instruments = any(arm.instruments or arm.today for arm in arms)
    return {
        "nation": tables.nation(results, arms, words),
        "partners": partners.per_partner(
            scene.headline.focus, lookup(run.config, "world.market"), results, words
        ),
        "innocents": tables.innocents(results, arms, words),
        "equality": tables.equality(groups, results, arms, words),
        "budgets": budgets.sections(run, scene),
        "fixed": budgets.fixed(run, words),
        "contributions": contributions.figures(scene, run.contributions, run.coalitions),
        "explained": explained.table(run, scene),
        "channels": contributions.channels(scene, run.decomposition),
        "smallest": contributions.smallest(scene, run.smallest),
        "participation": contributions.participation(scene, run.coalitions),
        "necessity": necessity.compared(results, arms, words),
        "law_cards": legal.cards(arms, words),
        "mechanisms": legal.mechanisms(arms, words) if instruments else None,
        "protections": legal.protections(words) if instruments else None,
    }


def _names(results: Results, arms: list[ReportedArm], words: Words) -> dict[str, str]:
    """Return what the texts call the baseline, the ceiling, and what the leading outcome does."""
    by_key = {arm.key: arm for arm in arms}
    base, top = by_key[results.baseline], by_key[results.ceiling]
    return {
        "base": _called_base(base, words),
        "top": words("full_pooling") if top.rows else words("quoted", name=top.name),
        **findings.lead_terms(results.lead, words),
    }


def _called_base(base: ReportedArm, words: Words) -> str:
    if not base.shares_nothing:
        return words("quoted", name=base.name)
    return words("todays_practice" if base.today else "no_sharing")


def _compared(run: RunFolder, arms: list[ReportedArm], words: Words) -> list[dict[str, Any]]:
    """Name, sentence, detector and coalition of every arm."""
    everyone = parties(run)
    several = len({arm.detector for arm in arms}) > 1
    compared = []
    for arm in arms:
        remarks = [words("levels.detector", detector=arm.detector)] if several else []
        if arm.coalition != everyone:
            names = [appendix.partner_name(party, words) for party in arm.coalition]
            remarks.append(words("levels.coalition", parties=words.listing(names)))
        if arm.shares_nothing and arm.unanswered:
            missing = words.listing([legal.way_name(each, words) for each in arm.unanswered])
            remarks.append(words("levels.unanswered", missing=missing))
            remarks += [] if arm.today else [words("levels.nothing_of_today")]
        compared.append({"arm": arm, "remarks": remarks})
    return compared


def _noise(scene: Scene) -> list[str]:
    """Say what noise costs: every private arm beside the same one, detector included, without."""
    results, words = scene.results, scene.words
    lines = []
    for arm in scene.arms:
        if not arm.model_private:
            continue
        plain = next((each for each in scene.arms if arm.is_noisy(each)), None)
        if plain is None:
            lines.append(words("privacy.no_twin", arm=arm.name, detector=arm.detector))
            continue
        cost = results.against(plain.key, results.lead)[arm.key]
        lines.append(
            words(
                "privacy.noise",
                arm=arm.name,
                plain=plain.name,
                detector=arm.detector,
                name=words(f"metrics.{results.lead}.name"),
                difference=words.change(results.lead, cost.uplift),
                interval=tables.change_interval(results.lead, cost, words),
            )
        )
    return lines


def _privacy(run: RunFolder, arms: list[ReportedArm], scene: Scene) -> dict[str, Any]:
    """Statements, warnings and the table of guarantees."""
    words, warnings = scene.words, []
    for arm in arms:
        channels = {
            side: words.listing([words(f"privacy.channels.{channel}") for channel in part])
            for side, part in (("protected", arm.protected), ("exposed", arm.exposed))
        }
        if arm.protected and arm.exposed:
            warnings.append(words("privacy.partial", arm=arm.name, **channels))
        if arm.signal_epsilon is not None:
            warnings.append(words("privacy.per_answer", arm=arm.name))
    names: dict[Statement, list[str]] = {}
    for arm in arms:
        records = [record for record in run.privacy if record["arm"] == arm.key]
        if records:
            names.setdefault(_statement(records, words), []).append(arm.name)
    return {
        "warnings": warnings,
        "statements": [
            (words("privacy.guarantee_of", arms=words.quoted(members)), statement)
            for statement, members in names.items()
        ],
        "table": disclosed.partners(run.disclosure, arms, words)
        or (appendix.guarantees(run.privacy, arms, words) if run.privacy else None),
        "noise": _noise(scene),
        "summary": disclosed.summary(
            run.disclosure, arms, lookup(run.config, "study.primary"), words
        ),
        "signals": disclosed.signals(run.disclosure, arms, words),
        "attacks": disclosed.attacks(run.disclosure, arms, words),
        "assumptions": disclosed.assumptions(run.disclosure, words),
        "not_covered": disclosed.not_protected(run.disclosure, words),
    }


def _statement(records: list[Record], words: Words) -> Statement:
    """Return unit, neighbours, adversary and accountant; equal for all arms of one policy."""
    terms = []
    for key in ("unit", "neighbouring", "adversary", "accountant"):
        values = dict.fromkeys(record[key] for record in records if record.get(key) is not None)
        cells = tuple(appendix.term_cell(value, words) for value in values)
        terms.append((words(f"privacy.terms.{key}"), cells))
    return tuple(terms)


def _made(run: RunFolder, results: Results) -> dict[str, Any]:
    manifest = run.manifest
    return {
        "command": manifest.get("command", ""),
        "overrides": manifest.get("changed", manifest.get("overrides", [])),
        "seeds": ", ".join(map(str, results.seeds)),
        "fingerprint": manifest.get("fingerprint", ""),
        "commit": manifest.get("commit"),
        "dirty": manifest.get("dirty", False),
        "python": manifest.get("python", ""),
        "hardware": manifest.get("hardware", {}),
        "versions": {name: one for name, one in manifest.get("versions", {}).items() if one},
    }
