"""Decisions of a partner on its rows: scores and alerts, holds, blocklists."""
