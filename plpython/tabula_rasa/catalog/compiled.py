"""The catalog as it was derived when it was built: reading it back takes a fraction of a second, deriving it takes ten.

`make install` writes it beside the modules it was made from, so that it is never older than they are. A source tree has none.
"""

from __future__ import annotations

import pathlib
import pickle

DIRECTORY = pathlib.Path(__file__).parent.parent / "compiled"


def load(service):
    """({name: ResourceType}, [Gap]) of a service, or None where nothing was compiled."""
    path = DIRECTORY / f"{service}.pickle"
    return pickle.loads(path.read_bytes()) if path.exists() else None


def save(directory):
    """Derives the catalog into a directory, one file a service, where that is older than what it is made of; CatalogInvalid names the entry that is wrong."""
    import botocore

    from . import DIRECTORY as FILES
    from . import derived, model

    here = pathlib.Path(__file__).parent
    common = max(each.stat().st_mtime for each in (pathlib.Path(botocore.__file__), here.parent / "expressions.py", *here.glob("*.py")))
    directory.mkdir(parents=True, exist_ok=True)
    for service in sorted(model.services()):
        path, file = directory / f"{service}.pickle", FILES / f"{service}.toml"
        if not path.exists() or path.stat().st_mtime < max(common, file.stat().st_mtime if file.exists() else 0):
            path.write_bytes(pickle.dumps(derived(service)))

