"""Where the program finds its settings."""

from pathlib import Path

from proeftuin.errors import ProeftuinError

PACKAGE = Path(__file__).resolve().parents[1]


def conf_dir() -> Path:
    """Return the folder with the YAML settings: inside an installed package, or beside it.

    Raises:
        ProeftuinError: neither place holds a ``config.yaml``.
    """
    places = (PACKAGE / "conf", PACKAGE.parent / "conf")
    for place in places:
        if (place / "config.yaml").is_file():
            return place
    raise ProeftuinError(
        f"no settings found: neither {places[0]} nor {places[1]} holds a config.yaml; "
        "install proeftuin again, or run it from a complete checkout"
    )
