"""Instruments as data: provider, consumer, statistic, timing, protection and legal ground."""
