"""Makes the package importable from the source tree; nothing here needs PostgreSQL or AWS."""

import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).parents[2] / "plpython"))
