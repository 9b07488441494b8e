"""Every error a caller can see: message, detail, hint, SQLSTATE. Raised here, reported once, in entrypoints.

Standard codes where PostgreSQL has one; class TR for the rest (documented in the README).
"""


class TabulaRasaError(Exception):
    """An error meant for the person at psql. `message` is lower-case and names the offending value."""

    sqlstate = "TR000"

    def __init__(self, message, detail=None, hint=None):
        super().__init__(message)
        self.message = message
        self.detail = detail
        self.hint = hint


class InvalidArgument(TabulaRasaError):
    """The caller's argument names nothing that exists."""

    sqlstate = "22023"


class NoAccount(TabulaRasaError):
    """No row in `account`, several and none named, or none of that name."""

    sqlstate = "TR001"


class NotDisposable(TabulaRasaError):
    """The account's row does not allow that anything be changed in AWS."""

    sqlstate = "TR002"


class IdentityMismatch(TabulaRasaError):
    """STS says that the credentials belong to another account."""

    sqlstate = "TR003"


class CredentialsRefused(TabulaRasaError):
    """There are no credentials, or AWS does not accept them."""

    sqlstate = "TR004"


class LooksLikeProduction(TabulaRasaError):
    """The account's alias looks like production's and its row does not say otherwise."""

    sqlstate = "TR005"


class Unreachable(TabulaRasaError):
    """The endpoint does not answer."""

    sqlstate = "08006"


class ClientGone(TabulaRasaError):
    """Nobody is there any more to hear how it ends: psql was killed, the network broke."""

    sqlstate = "08003"


class RunUnderWay(TabulaRasaError):
    """Another run holds the account."""

    sqlstate = "55P03"


class JournalUnavailable(TabulaRasaError):
    """The second connection to this server fails, so nothing may be changed in AWS."""

    sqlstate = "TR006"


class NotCreatable(TabulaRasaError):
    """The catalog knows no way to create, or to truncate."""

    sqlstate = "0A000"


class RequiredColumn(TabulaRasaError):
    """A new row lacks what AWS requires."""

    sqlstate = "23502"


class SetByAws(TabulaRasaError):
    """A column that AWS alone sets was given."""

    sqlstate = "428C9"


class SnapshotHeld(TabulaRasaError):
    """The transaction sees the past: what is read of AWS could not be written down after AWS was changed."""

    sqlstate = "25001"


class NotDeletable(TabulaRasaError):
    """AWS deletes a record only together with another."""

    sqlstate = "2BP01"


class TablesInUse(TabulaRasaError):
    """Tables of the mirror are to be dropped, and something stands on them: a staged edit, a run, a view, another transaction."""

    sqlstate = "55006"


class ConditionRefused(TabulaRasaError):
    """A rule's condition uses what it may not, or takes too long."""

    sqlstate = "42501"


class ConditionInvalid(TabulaRasaError):
    """A rule's condition is not one SQL expression."""

    sqlstate = "42601"


class CatalogInvalid(TabulaRasaError):
    """An entry in resource_types/ does not follow the schema or names what the SDK model lacks."""

    sqlstate = "TR301"
