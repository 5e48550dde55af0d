"""What a partner does at its rows: scores and alerts, holds, refusals."""
