"""The report of a run, for decision-makers on data sharing."""

from proeftuin.report.page import write_reports

__all__ = ["write_reports"]
