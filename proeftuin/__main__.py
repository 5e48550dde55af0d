"""``python -m proeftuin``, the same as the command ``proeftuin``."""

import sys

from proeftuin.commandline.main import main

if __name__ == "__main__":
    sys.exit(main())
