"""`python -m tabula_rasa.catalog DIRECTORY`: derives the catalog into a directory, at build time."""

import pathlib
import sys

from .compiled import save

save(pathlib.Path(sys.argv[1]))
