"""Conclusions by rule: the headline and the titles of the charts.

A difference is claimed only by its verdict (:mod:`proeftuin.outcomes.comparison`). The headline
picks the form of sharing with the highest estimate in the outcome that leads the report, so it also
names the forms that the worlds do not distinguish from it.
"""

import math
from dataclasses import dataclass

from proeftuin.metrics import AGE_GROUPS
from proeftuin.report.arms import ReportedArm, epsilon_text
from proeftuin.report.results import Estimate, Results
from proeftuin.report.words import Words

SAME = "no_relevant_difference"


@dataclass(frozen=True)
class Headline:
    """The answer of the report.

    Attributes:
        answer: one sentence.
        support: sentences that qualify it.
        focus: the form of sharing that the titles are about; None without any.
    """

    answer: str
    support: list[str]
    focus: ReportedArm | None


def headline(results: Results, arms: list[ReportedArm], words: Words) -> Headline:
    """Return which form of sharing saves most beyond no sharing.

    Arms without sharing are left out: they answer whether sharing is needed at all.
    """
    sharing = candidates(results, arms)
    estimates = {arm.key: results.get(arm.key, results.lead) for arm in sharing}
    ranked = _ranked(results, sharing)
    if not ranked:
        focus = sharing[0] if sharing else None
        return Headline(words("headline.nothing"), [], focus)
    verdicts = {arm.key: estimates[arm.key].verdict for arm in ranked}
    better = shown_to_help(results, ranked)
    focus = (better or ranked)[0]
    many = len(ranked) > 1
    if all(verdict == "unknown" for verdict in verdicts.values()):
        one = len(results.seeds) == 1
        answer = words("headline.one_world_answer" if one else "headline.no_interval_answer")
        key = "headline.one_world_highest" if many else "headline.one_world"
        support = [_uplift_text(key, focus, results, words)]
    elif better:
        answer = _uplift_text("headline.best" if many else "headline.only", focus, results, words)
        support = _about_the_winner(focus, ranked, results, words)
    else:
        answer = words(
            f"headline.{_none(results, ranked)}",
            arm=focus.name,
            margin=_margin(focus, results, words),
        )
        key = f"{'highest' if many else 'estimate'}.{verdicts[focus.key]}"
        support = [_uplift_text(f"headline.{key}", focus, results, words)]
    worse = [arm.name for arm in ranked if verdicts[arm.key] == "less"]
    if worse:
        support.append(words("headline.worse", arms=words.quoted(worse)))
    if focus.key != results.ceiling:
        support += _about_the_ceiling(focus, results, arms, words)
    if results.primary != results.lead:
        support += _about_the_chosen_outcome(ranked, results, words)
    return Headline(answer, support, focus)


def lead_terms(lead: str, words: Words) -> dict[str, str]:
    """Return what the texts call the leading outcome, and what a form of sharing does to it."""
    verbs = {part: words(f"lead.{lead}.{part}") for part in ("does", "to_do", "done", "of")}
    return {**verbs, "outcome": words(f"metrics.{lead}.name")}


def candidates(results: Results, arms: list[ReportedArm]) -> list[ReportedArm]:
    """Return the forms of sharing to choose from: not the baseline, nor other arms without sharing.

    The ceiling is a candidate only if there is no other.
    """
    shared = [arm for arm in arms if arm.key != results.baseline and not arm.shares_nothing]
    return [arm for arm in shared if arm.key != results.ceiling] or shared


def shown_to_help(results: Results, arms: list[ReportedArm]) -> list[ReportedArm]:
    """Return the arms shown to save more than the baseline, largest uplift first."""
    return [
        arm
        for arm in _ranked(results, arms)
        if results.get(arm.key, results.lead).verdict == "more"
    ]


def _none(results: Results, ranked: list[ReportedArm]) -> str:
    """Return the key of the answer where no form of sharing is shown to save more."""
    verdicts = {results.get(arm.key, results.lead).verdict for arm in ranked}
    settled = "same" if verdicts == {SAME} else "less"
    kind = settled if verdicts <= {SAME, "less"} else "undecided"
    if len(ranked) == 1:
        return f"{kind}_of_one"
    above = results.get(results.ceiling, results.lead).verdict == "more"
    return kind + ("_but_ceiling" if above else "")


def _margin(arm: ReportedArm, results: Results, words: Words) -> str:
    """Write the margin of an arm's verdict in the leading outcome."""
    return words.change(results.lead, results.get(arm.key, results.lead).margin, signed=False)


def _ranked(results: Results, arms: list[ReportedArm]) -> list[ReportedArm]:
    uplifts = {arm.key: results.get(arm.key, results.lead).uplift for arm in arms}
    measured = [arm for arm in arms if math.isfinite(uplifts[arm.key])]
    return sorted(measured, key=lambda arm: -uplifts[arm.key])


def _uplift_text(key: str, arm: ReportedArm, results: Results, words: Words) -> str:
    """Fill a sentence about one arm's uplift in the leading outcome."""
    estimate = results.get(arm.key, results.lead)
    return words(
        key,
        arm=arm.name,
        margin=_margin(arm, results, words),
        mean=words.change(results.lead, estimate.uplift, signed=estimate.verdict != "more"),
        interval=words.change_interval(
            results.lead,
            estimate.uplift_low,
            estimate.uplift_high,
            signed=estimate.verdict != "more",
        ),
    )


def _about_the_winner(
    focus: ReportedArm, ranked: list[ReportedArm], results: Results, words: Words
) -> list[str]:
    support = [_uplift_text("headline.best_estimate", focus, results, words)]
    against = results.against(focus.key, results.lead)
    ties = [arm.name for arm in ranked if arm != focus and against[arm.key].verdict != "less"]
    if ties:
        support.append(words("headline.ties", arms=words.quoted(ties)))
    elif len(ranked) > 1:
        support.append(words("headline.clear"))
    return support


def _about_the_ceiling(
    focus: ReportedArm, results: Results, arms: list[ReportedArm], words: Words
) -> list[str]:
    ceiling = next((arm for arm in arms if arm.key == results.ceiling), None)
    if ceiling is None or ceiling.key == results.baseline:
        return []
    verdict = results.get(ceiling.key, results.lead).verdict
    if verdict != "more":
        key = "headline.ceiling_unknown" if verdict == "unknown" else "headline.ceiling_no_gain"
        return [words(key, arm=ceiling.name)]
    support = [_uplift_text("headline.ceiling", ceiling, results, words)]
    kept = results.get(focus.key, results.lead)
    if math.isfinite(kept.retained_low) and kept.verdict == "more":
        support.append(
            words(
                "headline.retained",
                arm=focus.name,
                interval=retained_interval(kept, words),
            )
        )
    return support


def _about_the_chosen_outcome(
    ranked: list[ReportedArm], results: Results, words: Words
) -> list[str]:
    """Return what is shown of the study's primary outcome, where the report leads with another."""
    name = words(f"metrics.{results.primary}.name")
    found = []
    for verdict in ("more", "less"):
        arms = [a.name for a in ranked if results.get(a.key, results.primary).verdict == verdict]
        if arms:
            found.append(words(f"headline.chosen_{verdict}", name=name, arms=words.quoted(arms)))
    return found or [words("headline.chosen_undecided", name=name)]


def retained_interval(estimate: Estimate, words: Words) -> str:
    """Write the interval of a retained value, which may lie below 0 or above 1."""
    ends = (estimate.retained_low, estimate.retained_high)
    if not all(map(math.isfinite, ends)):
        return words("no_interval")
    low, high = (words.number(100 * end, 0) for end in ends)
    return words("interval", low=low, high=high + "%")


def tradeoff(results: Results, arms: list[ReportedArm], words: Words) -> str:
    """Title of the chart of value against privacy: which arms help and disclose fewest people."""
    shared = [arm for arm in arms if arm.key != results.baseline]
    verdicts = {arm: results.get(arm.key, results.lead).verdict for arm in shared}
    if all(verdict == "unknown" for verdict in verdicts.values()):
        return words("tradeoff.title_unknown")
    persons = {
        arm: results.get(arm.key, "persons_disclosed").mean
        for arm in shared
        if verdicts[arm] == "more"
    }
    known = {arm: count for arm, count in persons.items() if math.isfinite(count)}
    if not known:
        return words("tradeoff.title_unknown" if persons else "tradeoff.title_none")
    fewest = [arm for arm in known if known[arm] == min(known.values())]
    key = "title_one" if len(persons) == 1 else "title" if len(fewest) == 1 else "title_several"
    return words(
        f"tradeoff.{key}",
        arms=words.quoted([arm.name for arm in fewest]),
        persons=words.measure("persons_disclosed", known[fewest[0]]),
        cost=what_leaves(fewest[0], results, words),
    )


def what_leaves(arm: ReportedArm, results: Results, words: Words) -> str:
    """Return what an arm discloses and the guarantee on it, in one line."""
    parts = [epsilon_text(arm, results.epsilon(arm.key), words)]
    if arm.model:
        parts.insert(0, words("privacy.joint_model"))
    fields = results.get(arm.key, "fields_disclosed").mean
    if fields > 0:
        parts.insert(0, words("privacy.facts", n=words.measure("fields_disclosed", fields)))
    return "; ".join(parts)


def who_gains(
    focus: ReportedArm | None, metric: str, banks: list[str], results: Results, words: Words
) -> str:
    """Title of the chart per bank."""
    if focus is None:
        return words("gains.title_none")
    estimates = {bank: results.get(focus.key, metric, bank) for bank in banks}
    if all(estimate.verdict == "unknown" for estimate in estimates.values()):
        return words("gains.title_unknown")
    gaining = sum(estimate.verdict == "more" for estimate in estimates.values())
    losing = sum(estimate.verdict == "less" for estimate in estimates.values())
    title = words(
        "gains.title" if gaining else "gains.title_nobody",
        arm=focus.name,
        part=words.number(gaining, 0),
        whole=words.number(len(banks), 0),
    )
    return title + (" " + words.count("losing", losing) if losing else "")


def harm(focus: ReportedArm | None, results: Results, words: Words) -> str:
    """Title of the chart of false alarms by age group."""
    if focus is None:
        return words("harm.title_none")
    estimates = {
        group: results.get(focus.key, f"false_alarms_per_10k[{group}]") for group in AGE_GROUPS
    }
    measured = {group: one for group, one in estimates.items() if math.isfinite(one.mean)}
    if not measured:
        return words("harm.title_none")
    most = max(measured, key=lambda group: measured[group].mean)
    return words(
        f"harm.title.{measured[most].verdict}",
        arm=focus.name,
        group=age_label(most),
        rate=words.measure("false_alarms_per_10k", measured[most].mean),
    )


def age_label(group: str) -> str:
    """Write an age group with an en dash."""
    return group.replace("-", "\N{EN DASH}")
