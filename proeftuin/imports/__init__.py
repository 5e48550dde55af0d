"""Real or third-party data in place of the synthetic world, through a small mapping file."""

from proeftuin.imports.importing import Imported, import_tables

__all__ = ["Imported", "import_tables"]
