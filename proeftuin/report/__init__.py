"""The report of a run, for whoever decides on sharing data."""

from proeftuin.report.page import write_reports

__all__ = ["write_reports"]
