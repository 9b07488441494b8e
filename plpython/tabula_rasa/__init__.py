"""An AWS account as PostgreSQL tables: the package that the extension's PL/Python functions import."""

import re
from pathlib import Path


def _read_version():
    """default_version of the control file: beside the package when installed, in sql/ in a checkout."""
    here = Path(__file__).parent
    installed = here / "tabula_rasa.control"
    control = installed if installed.exists() else here.parents[1] / "sql" / "tabula_rasa.control"
    return re.search(r"^default_version\s*=\s*'(.+)'", control.read_text(), re.MULTILINE)[1]


__version__ = _read_version()


def require_version(version, plpy):
    """Refuse to serve an extension of another version.

    A session keeps the modules that it imported, so one that began before ALTER EXTENSION UPDATE has the old package.
    """
    if version != __version__:
        plpy.error(
            f"this session has loaded version {__version__} of the tabula_rasa package",
            detail=f"The extension is version {version}.",
            hint="Start a new session.",
            sqlstate="55000",  # object_not_in_prerequisite_state
        )
