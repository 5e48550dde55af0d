"""``proeftuin run``, ``demo`` and ``tune``: a study, its reports and its record."""

from pathlib import Path

import pandas as pd

from proeftuin.commandline.launch import Call
from proeftuin.commandline.listing import changes, curve_tables, fitted, results, spread
from proeftuin.outcomes.value import summarise, within_possible
from proeftuin.report.budgets import in_words
from proeftuin.report.page import write_reports
from proeftuin.settings.study import Settings
from proeftuin.study import tracking
from proeftuin.study.run import run_study


def run(call: Call) -> list[Path]:
    """Run a study and write its reports; return their pages.

    Raises:
        SettingsError: MLflow cannot use the store; nothing was started.
    """
    tracking.prepare_store(call.settings.tracking.uri)
    return write_reports(run_study(call.settings, call.record))


def log(call: Call, pages: list[Path]) -> None:
    """Log a finished study to MLflow.

    Raises:
        UnfinishedError: the store did not take it.
    """
    folder, settings = call.record.folder, call.settings
    kept = [folder / name for name in ("outcomes.parquet", "config.yaml", "manifest.json")]
    outcomes, curves, compared = (
        pd.read_parquet(folder / f"{name}.parquet")
        for name in ("outcomes", "curves", "comparisons")
    )
    uri = settings.tracking.uri
    tracking.log_study(settings, call.record, outcomes, curves, compared, [*kept, *pages], uri)


def told(call: Call, pages: list[Path]) -> str:
    """Return what a finished study found, where its reports are, and what was changed."""
    folder, settings = call.record.folder, call.settings
    if settings.tune is None:
        summary = summarise(
            pd.read_parquet(folder / "outcomes.parquet"),
            baseline=settings.study.baseline,
            ceiling=settings.study.ceiling,
            confidence=settings.evaluation.confidence,
        )
        compared = pd.read_parquet(folder / "comparisons.parquet")
        found = results(within_possible(summary), compared, settings)
    else:
        found = _curves(folder, settings)
    listed = (f"  {path}" for path in pages)
    return "\n".join([found, "", "reports", *listed, "", changes(call.record.changed)])


def _curves(folder: Path, settings: Settings) -> str:
    """Return the table of every curve of a sweep with its conclusions."""
    tables = curve_tables(pd.read_parquet(folder / "budgets.parquet"), settings.study.baseline)
    lines = []
    for table, (name, sentences) in zip(tables, in_words(folder), strict=True):
        lines += [name, "", table, "", *(f"- {line}" for line in sentences), ""]
    same = "clipping, rates and rounds are the same at every budget"
    return "\n".join([*lines, fitted(f"all banks together; {spread(settings)}; {same}")])
