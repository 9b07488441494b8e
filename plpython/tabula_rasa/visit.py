"""One call's visit to one account: who we are there, whether it may be changed, and the way to AWS, to the mirror and to the journal."""

from __future__ import annotations

import contextlib
import difflib
import functools

from . import catalog, saving, tables
from .aws import Aws
from .catalog import GLOBAL
from .connection import Connection
from .errors import InvalidArgument, JournalUnavailable, LooksLikeProduction, NotDisposable, SnapshotHeld
from .journal import Journal
from .progress import Progress
from .reading import read
from .references import references


class Visit:
    """What a function call holds in its hands while it is at an account. Making one asks STS who we are.

    width   calls under way at once, unless the account's row says; None: as many as is usual
    """

    def __init__(self, database, session, named, width=None):
        self.database = database
        self.account = database.account(named)
        connections = session.setdefault("tabula_rasa.connections", {})
        if self.account not in connections:  # a changed row is another connection
            connections[self.account] = Connection(self.account)
        self.connection = connections[self.account]
        self.types = catalog.types(database.enabled_services())
        self.progress = Progress(database.tell)
        self._width = self.account.width or width
        self.identity = self._ask(self.connection.identity)

    @property
    def facts(self):
        return {"account_id": self.account.account_id, "partition": self.identity.partition}

    @functools.cached_property
    def patience(self):
        """Seconds that a refused deletion is tried again while nothing else moves."""
        return float(self.database.settings().get("patience", 60))

    @functools.cached_property
    def regions(self):
        return self._ask(self.connection.regions)

    def places(self, regions):
        """The regions asked for, 'global' among them; all when None. An unknown one is an error."""
        known = [*self.regions, GLOBAL]
        for region in regions or ():
            if region not in known:
                raise InvalidArgument(f'unknown region "{region}"', detail=f"Regions of account {self.account.label}: {', '.join(known)}.", hint=nearest(region, known))
        return known if regions is None else list(dict.fromkeys(regions))

    def guard(self):
        """Raises unless the account may be changed: marked disposable, and not called like production."""
        account = self.account
        if not account.disposable:
            raise NotDisposable(
                f"account {account.label} is not marked as disposable", detail="Nothing was changed in AWS.",
                hint=f"If losing everything in it is acceptable: UPDATE tabula_rasa.account SET disposable = true WHERE account_id = '{account.account_id}'.",
            )
        if account.refuse_alias:
            for alias in self._ask(self.connection.aliases):
                if self.database.is_like(alias, account.refuse_alias):
                    raise LooksLikeProduction(
                        f'account {account.label} has the alias "{alias}", which looks like production',
                        detail=f"Its row refuses aliases like '{account.refuse_alias}'. Nothing was changed in AWS.",
                        hint="If it is disposable all the same, set refuse_alias in its row to null or to another pattern.",
                    )

    @contextlib.contextmanager
    def journal(self, function, dry_run=False, **arguments):
        """The run's journal; holds the account against a second run unless nothing is to be changed."""
        if not dry_run:
            level = self.database.isolation()
            if level != "read committed":
                raise SnapshotHeld(
                    f"cannot change AWS in a transaction that is {level}", detail="It could fail when AWS is changed already, and AWS does not roll back.",
                    hint="SET TRANSACTION ISOLATION LEVEL READ COMMITTED, or call it outside a transaction.",
                )
        with self._journal(function, {"dry_run": dry_run, **arguments}, exclusive=not dry_run) as journal:
            self.progress.write = journal.progress
            yield journal

    @contextlib.contextmanager
    def watched(self, function, **arguments):
        """A run that only reads: others see how far it is. Where the journal cannot be reached it goes on unseen, for there is nothing to be lost."""

        def unseen(error):
            self.progress.write = lambda *state: None
            self.database.tell(f"run_progress does not show this run: {error.detail}")

        def write(*state):
            try:
                journal.progress(*state)
            except JournalUnavailable as error:
                unseen(error)

        try:
            journal = self._journal(function, arguments, exclusive=False)
        except JournalUnavailable as error:
            unseen(error)
            yield
            return
        try:
            with journal:
                self.progress.write = write
                yield
        except JournalUnavailable as error:  # at its end
            if self.progress.write is write:
                unseen(error)

    def _journal(self, function, arguments, exclusive):
        return Journal(self.database.journal_conninfo(), function, self.account, self.database.session(), arguments, exclusive)

    def _ask(self, question):
        """What AWS answers to one of the first questions, in a thread like all else, so that a cancel need not wait for the answer."""
        return self.run(lambda aws: aws.ask(question), width=1)

    def run(self, work, width=None):
        """work(aws) -> coroutine: its result, on threads that are gone when this returns."""
        aws, before = Aws(self.connection, width or self._width), self.progress.calls

        def heartbeat():
            self.database.heartbeat()
            self.progress.beat(before + aws.calls)

        try:
            return aws.run(work(aws), heartbeat)
        finally:
            self.progress.calls = before + aws.calls

    async def read(self, aws, places, wanted=None, again=False):
        """A Reading; `again`: one of several, and what counts the progress is not the lists."""
        return await read(aws, self.types, places, self.identity.partition, wanted, None if again else self.progress, again)

    def look(self, aws):
        """coroutine (type, region) -> {resource_id: properties} of what is there now; None where it could not be read."""

        async def look(resource_type, region):
            places = sorted({region} | {self.types[resource_type].scope} & {GLOBAL})
            reading = await read(aws, self.types, places, self.identity.partition, {resource_type})
            return None if reading.unseen else {each.key.resource_id: each.properties for each in reading.records}

        return look

    def judging(self, wanted):
        """The types whose records a wipe looks at: all, but those read only on request (objects in a bucket) only if named."""
        return {name for name, each in self.types.items() if not each.on_request or name in (wanted or ())}

    def ensure_tables(self):
        """Makes those that the enabled types still lack: before AWS is asked, for it may fail."""
        tables.ensure(self.database, self.types)

    def mirror(self, places, wanted=None):
        """Reads and saves; the Reading."""
        self.ensure_tables()
        self.progress.phase("reading", "lists")
        reading = self.run(lambda aws: self.read(aws, places, wanted))
        self.save(reading, places)
        return reading

    @contextlib.contextmanager
    def as_aws_has_it(self):
        """Within, the mirror shows AWS alone; after that, with the staged edits over it again."""
        self.database.staging.lift(self.account.account_id)
        yield
        self.database.staging.lay(self.account.account_id)

    def save(self, reading, places):
        """Writes what was read into the mirror, with the references found in it and to what was read before; and who read it.

        The caller's row stays locked until the transaction ends: written any sooner, a second run would wait for it instead of being refused.
        """
        self.progress.phase("saving")
        self.database.save_caller(self.identity)
        saving.doubt(self.database, self.account.account_id, reading)
        read_ = {(each.resource_type, each.region) for each in reading.outcomes if each.whole}
        others = self.database.records_but(self.account.account_id, read_)
        links = references(reading.records, self.types, others, self.database.heartbeat)
        saving.save(self.database, self.account.account_id, reading, self.types, places, links)


def nearest(name, known):
    """A hint that names what is spelled alike."""
    near = difflib.get_close_matches(name, known, n=3, cutoff=0.5)
    return f"Did you mean {' or '.join(near)}?" if near else "See the view resource_type for what is known."
