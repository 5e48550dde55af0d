"""Switches off the usage reports of the libraries that proeftuin uses."""

import os

SWITCHES = {
    "DO_NOT_TRACK": "true",
    "MLFLOW_DISABLE_TELEMETRY": "true",
    "FLWR_TELEMETRY_ENABLED": "0",
}


def switch_off() -> None:
    """Switch off the usage reports of MLflow and Flower; call it before either is imported."""
    os.environ.update(SWITCHES)
