"""What the setting journal_conninfo may say: where the journal's connection goes, and as whom; not what the session does, nor which files are written or read.

The connection is a superuser's, made by the server's operating-system user, and an administrator says this. What is not of these words,
a service may have: the operating-system user wrote it.
"""

from __future__ import annotations

import psycopg
from psycopg.conninfo import conninfo_to_dict

from .errors import InvalidArgument

# No hostaddr: a password file's lines are looked for by the host, and their passwords would go elsewhere.
SAYS = ("service", "host", "port", "dbname", "user", "sslmode", "passfile")
BESIDE_SERVICE = ("service", "dbname", "user")  # with another host, the service's password would go there


def parameters(said):
    """libpq parameters of a connection string; InvalidArgument for what it may not say."""
    try:
        given = conninfo_to_dict(said)
    except psycopg.Error as error:
        raise InvalidArgument(
            "journal_conninfo is no connection string", detail=str(error).strip(), hint="As service=journal, host=/run/postgresql user=postgres, or postgresql://postgres@db:5432.",
        ) from None
    allowed = BESIDE_SERVICE if "service" in given else SAYS
    for name in given:
        if name not in allowed:
            raise InvalidArgument(
                f'journal_conninfo may not say "{name}"' + (" beside a service" if name in SAYS else ""),
                detail="The connection is made with the rights of the extension's owner, so the setting only tells where to.",
                hint=f"It may say {', '.join(allowed)}; the rest belongs into a service of the server's operating-system user.",
            )
    return given
