"""In charge of what staged edits want of AWS: Edits -> Changes with their calls, and what stands against each. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field

from . import editing
from .calls import create_calls, creating, foretold, required_by_create, tag_facts, update_call, update_calls
from .change import PARTS, UNMISTAKABLE, Change, Key
from .expressions import ExpressionError, context, search
from .placeholders import may_name, mentions_of


AGAINST = ("blocked", "conflict")  # the status of what is not carried out


@dataclass
class Proposal:
    """The Changes of all staged edits.

    changes   in the order in which they were staged, with the parts that go with what is deleted
    needs     {Key: {Key}}: a create or update -> the creates that it mentions
    """

    changes: list[Change]
    needs: dict[Key, set[Key]] = field(default_factory=dict)

    def stop(self):
        """What mentions something that will not be created cannot be carried out either, nor half of a replacement."""
        while True:
            out = {each.key for each in self.changes if each.action == "create" and each.status in AGAINST}
            halves = {each.edit_id: each for each in self.changes if each.edit_id is not None and each.status in AGAINST}
            stopped = [each for each in self.changes if each.status == "planned" and (self.needs.get(each.key, set()) & out or each.edit_id in halves)]
            for each in stopped:
                missing = self.needs.get(each.key, set()) & out
                each.status = "blocked"
                each.reason = f"needs {min(missing)}, which is not carried out" if missing else halves[each.edit_id].reason
            if not stopped:
                return


def conflict(edit, rt):
    """Why AWS is no longer as it was when the edit was staged; None where it is."""
    if edit.action == "create":
        return "AWS has one of that name already" if edit.found else None
    if edit.found is None:
        return None if edit.action == "delete" else "AWS no longer has it"
    if edit.base is None:
        return None
    changed = [name for name in _settings(rt) if edit.base.get(name) != edit.found.get(name) and edit.columns.get(name) != edit.found.get(name)]
    return f"changed in AWS since it was staged: {', '.join(changed)}" if changed else None


def _settings(rt):
    """The columns that say what a resource is meant to be; all that AWS told where the catalog does not know which they are."""
    own = [each.name for each in rt.columns if each.property in rt.inserted | rt.updated and not each.given]
    return ["created", "tags", *own] if own else ["created", "tags", "properties"]


def propose(edits, types, facts, references, records, secrets, force=False):
    """The Proposal of an account's edits. What AWS would not accept has a status other than 'planned' and says why.

    facts       account_id, partition
    references  of the account's records, as AWS has them
    records     {Key: Record} of what is referenced
    secrets     {number: value}: what only this session has
    force       carry out also what is in conflict with AWS, or will be refused
    """
    changes = []
    for edit in edits:
        rt = types[edit.key.resource_type]
        known = {column: secrets[number] for column, number in edit.passed.items() if number in secrets}
        made = list(_changes(edit, rt, facts, known))
        missing = [column for column in sorted(edit.passed) if edit.action != "delete" and column not in known]
        against = conflict(edit, rt)
        for change in made:
            change.edit_id = edit.edit_id
            if missing:
                change.status = "blocked"
                change.reason = f"the value of {', '.join(missing)} is known to the session that gave it alone: set it again here"
            elif against and not force:
                change.status, change.reason = "conflict", f"{against}; {change.reason}" if change.reason else against
        changes += made
    changes += _parts(changes, references, records, types)
    if not force:
        _contrary(changes, references)
    _held(changes, references, types, force)
    proposal = Proposal(changes, _mentions(changes, types))
    proposal.stop()
    return proposal


# -- one edit


def _changes(edit, rt, facts, secret):
    facts = {**facts, "region": edit.key.region}
    if edit.action == "create" or edit.action == "update" and edit.found is None:
        yield _create(edit, rt, {**(edit.base or {}), **edit.columns}, facts, secret)
    elif edit.action == "delete":
        yield _delete(edit, rt)
    else:
        asked = {property for column, property in rt.property_of.items() if column in edit.columns and (column != "name" or property in rt.inserted)}
        anew = sorted(_column(rt, name) for name in asked - rt.updated if name in rt.inserted)
        if edit.action == "replace" or anew:
            why = f"{', '.join(anew)} can only be given at creation" if anew else "deleted, and inserted again under the same id"
            yield _delete(edit, rt, shown="replace", reason=f"{why}: it is deleted, with all that goes with it, and made anew")
            row = edit.columns if edit.action == "replace" else {**edit.found, **edit.columns}
            yield _create(edit, rt, row, facts, secret, replaces=edit.key)
        else:
            yield _update(edit, rt, facts, secret)


def _delete(edit, rt, shown="", reason=""):
    row = edit.found or edit.base
    if not edit.found:
        reason = "AWS no longer has it"
    return Change(
        edit.key, "delete", status="planned" if edit.found else "deleted", name=row.get("name"), reason=reason, properties=editing.properties(rt, row), arn=row.get("arn"), shown=shown,
    )


def _create(edit, rt, row, facts, secret, replaces=None):
    row = {**row, **secret}
    data = {name: value for name, value in editing.wanted(rt, row).items() if name in rt.inserted and value is not None}
    data = foretold(creating(rt, data, facts), data, facts)
    tags = tag_facts({name: value for name, value in (row.get("tags") or {}).items() if not name.startswith("aws:")})  # these AWS sets by itself
    key = edit.key if replaces is None else Key(rt.name, edit.key.region, f"{edit.key.resource_id} (new)")
    return Change(
        key, "create", name=row.get("name"), reason=_described(rt, edit, {name: value for name, value in data.items() if name in rt.inserted}), properties=data, arn=row.get("arn"), calls=create_calls(rt, data, facts, tags["tags"]),
        replaces=replaces, facts={**tags, "added": tags["tag_list"], "removed": None, "old": {}, "token": edit.token},
        aliases=_aliases(rt, row, {**facts, "region": edit.key.region}),
    )


def _aliases(rt, row, facts):
    """By what others may mention a new row: see Change.aliases."""
    shown = context(row.get("properties") or {}, **facts)
    found = {search(path, shown): path for path in rt.also_known_as}
    for column, property in editing.naming_columns(rt).items():
        if alias := row.get(column):  # of an id that is the end of it: `zone` stands for the id, `/hostedzone/Z…` for the whole
            found[alias] = "id" if search(rt.id, context({property: alias}, **facts)) == alias else property
    found |= {row.get("arn"): "arn", row.get("resource_id"): "id"}
    return {alias: "id" if path == rt.id else "arn" if path == rt.arn else path for alias, path in found.items() if isinstance(alias, str) and alias}


def later(types):
    """(create, other create) -> the Change that sets what mentions the other when both are there; for planning."""

    def split(change, other):
        rt = types[change.key.resource_type]
        names = {other.name, *other.aliases} - {None}
        apart = {name for name, value in change.properties.items() if any(each in names for _, each in _strings(value))}
        if not apart or not apart <= rt.updated - required_by_create(rt, change.calls[0]):
            return None
        calls = tuple(update_call(rt, each) for each in rt.update if apart & set(each.of))
        whole = dict(change.properties)
        for name in apart:
            del change.properties[name]
        change.calls = tuple(each for each in change.calls if each not in calls)
        key = change.key._replace(resource_id=f"{change.key.resource_id} (completed)")
        return Change(key, "update", name=change.name, properties=whole, calls=calls, facts=change.facts, changed=frozenset(apart), of=change, edit_id=change.edit_id)

    return split


def _update(edit, rt, facts, secret):
    old = editing.properties(rt, edit.found)
    changed = {name: value for name, value in editing.wanted(rt, {**edit.columns, **secret}).items() if name in rt.updated}
    before, after = edit.found.get("tags") or {}, edit.columns.get("tags", edit.found.get("tags") or {})
    added = [{"Key": key, "Value": value} for key, value in after.items() if before.get(key) != value] or None
    removed = [key for key in before if key not in after] or None
    return Change(
        edit.key, "update", name=edit.columns.get("name", edit.found.get("name")), reason=_described(rt, edit, changed, old), properties={**old, **edit.fresh, **changed},
        arn=edit.found.get("arn"), calls=update_calls(rt, {*changed, *({"tags"} if "tags" in edit.columns else ())}, added, removed),
        changed=frozenset(changed), facts={**tag_facts(after), "added": added, "removed": removed, "old": {**old, **edit.fresh}, "token": edit.token},
    )


def _column(rt, property):
    return rt.column_of.get(property, property)


def _described(rt, edit, data, old=None):
    """For people: what is given, or what becomes what."""
    said = []
    for name, value in sorted(data.items()):
        column = _column(rt, name)
        shown = editing.hidden(rt, column, value)
        text = "(not shown)" if shown is None and value is not None else _text(shown)
        said.append(f"{column}: {_text(old.get(name))} → {text}" if old is not None else f"{column}: {text}")
    if "tags" in edit.columns and edit.columns["tags"]:
        said.append(f"tags: {_text(edit.columns['tags'])}")
    elif old is not None and "tags" in edit.columns:
        said.append("tags: none")
    return "; ".join(said)


def _text(value):
    if isinstance(value, dict):
        text = ", ".join(f"{name} {_text(each)}" for name, each in value.items())
    elif isinstance(value, list):
        text = "[" + ", ".join(map(_text, value)) + "]"
    else:
        text = {None: "null", True: "true", False: "false"}.get(value) if value is None or isinstance(value, bool) else str(value)
    return text if len(text) <= 60 else text[:57] + "…"


# -- among the edits


def _parts(changes, references, records, types):
    """Deletions of what disappears with what is deleted and was not staged itself."""
    deleted = {each.key: each for each in changes if each.action == "delete"}
    parts = {}
    for each in references:
        if each.kind in PARTS:
            parts.setdefault(each.needs, set()).add(each.record)
    found, open_ = [], sorted(deleted)
    while open_:
        whole = open_.pop()
        for key in sorted(parts.get(whole, ())):
            if key not in deleted and key in records:
                record = records[key]
                deleted[key] = Change(
                    key, "delete", name=record.name, reason=f"goes with {whole}", properties=record.properties, arn=record.arn,
                    status=deleted[whole].status, shown=deleted[whole].shown, of=deleted[whole],
                )
                found.append(deleted[key])
                open_.append(key)
    return found + _vanishing(deleted, references, records, types)


def _vanishing(deleted, references, records, types):
    """What AWS made for another goes with that: when all that it needs goes, so does its owner, which must need that, too."""
    needs = {}
    for each in references:
        needs.setdefault(each.record, set()).add(each.needs)
    found = []
    for key, record in sorted(records.items()):
        fact = types[key.resource_type].fact(record.properties, resource_id=key.resource_id, arn=record.arn, region=key.region)
        if key not in deleted and fact and fact.vanishes and needs.get(key, set()) & deleted.keys() and needs[key] <= deleted.keys():
            found.append(Change(key, "delete", name=record.name, reason=fact.why, properties=record.properties, arn=record.arn))
    return found


def _contrary(changes, references):
    """What is created, or changed, to need what is to be deleted: neither is carried out, for one of them is a mistake."""
    going = [each for each in changes if each.action == "delete" and each.status == "planned" and each.shown != "replace"]
    deleted = {each.key.resource_id: each for each in going if UNMISTAKABLE.match(each.key.resource_id)}
    stays = {}
    for change in changes:
        if change.action == "delete" or change.status != "planned" or change.replaces:
            continue
        asked = {name: value for name, value in change.properties.items() if change.action == "create" or name in change.changed}
        for other in {deleted[value].key: deleted[value] for _, value in _strings(asked) if value in deleted}.values():
            whole = other.of or other
            change.status, change.reason = "blocked", f"needs {other.key}, which is to be deleted"
            whole.status, whole.reason = "blocked", f"{change.key}, which is to be {change.action}d, needs it"
            stays[whole.key] = whole
    planned = {each.key: each for each in going if each.status == "planned"}
    while stays:  # what would go first for its sake stays, too: half of it gone is what nobody has asked for
        whole_of = {each.record: each.needs for each in references if each.needs in stays and each.record in planned}
        found = {key: planned[key] for key in whole_of}
        for key, change in found.items():
            del planned[key]
            change.status, change.reason = "blocked", f"not carried out while {whole_of[key]}, which it needs, stays"
        stays = found


def _held(changes, references, types, force):
    """Finds the deletions that AWS would refuse, for something that stays needs the record: blocked, or tried but once."""
    moved = {each.key: each for each in changes if each.action == "update" and each.status == "planned"}
    told = set()
    while True:
        deleted = {each.key: each for each in changes if each.action == "delete" and each.status == "planned"}
        held = {}
        for each in sorted(references):
            stays, goes = (each.needs, each.record) if each.kind == "owned" and each.needs not in deleted else (each.record, each.needs)
            if goes not in deleted or goes in told or stays in deleted or each.kind == "part" or types[goes.resource_type].not_held(stays.resource_type):
                continue
            if stays not in moved or _mentioned(moved[stays].properties, goes.resource_id):
                held.setdefault(goes, []).append(stays)
        if not held:
            return
        told |= held.keys()
        for key in sorted(held, key=lambda key: deleted[key].of is not None):  # what holds the whole is told rather than what holds a part of it
            change = deleted[key]
            if not (change.of and change.of.status != "planned"):
                _block(change, held[key], force)
        for change in deleted.values():  # what goes with it stays with it
            if change.of and change.of.status != "planned":
                change.status, change.reason = change.of.status, f"goes with {change.of.key}, which stays"


def _block(change, others, force):
    named = ", ".join(map(str, others[:3])) + (f" and {len(others) - 3} more" if len(others) > 3 else "")
    change.reason = (
        f"AWS will refuse it: needed by {named}, which would stay; delete that, too, or all at once with "
        f"delete_cascade('{change.key.resource_type}', '{change.key.resource_id}')"
    )
    change.patient = False
    if not force:
        change.status = "blocked"
        if change.of:  # a part cannot go, so neither can its whole
            change.of.status, change.of.reason = "blocked", f"{change.key}, which goes with it: {change.reason}"


def _mentions(changes, types):
    """{Key of a create or update: Keys of the creates that its properties mention}."""
    made = [each for each in changes if each.action == "create"]
    by_alias, by_name, by_type = {}, {}, {}
    for each in made:
        rt = types[each.key.resource_type]
        own = {value for _, value in _strings(each.properties)}
        wholes = {*_values([*rt.references, *rt.part_of], each.properties, each.key)}
        for alias, expression in each.aliases.items():
            # A name that the row itself gives may be many things' name; a bucket policy is called like its bucket, and is not meant.
            if alias not in wholes and (UNMISTAKABLE.match(alias) or alias not in own):
                by_alias.setdefault(alias, {})[each.key] = expression
        by_name.setdefault(each.name, set()).add(each.key)
        for value in {each.name, *each.aliases, *_values(rt.stands_for, each.properties, each.key)}:
            by_type.setdefault((each.key.resource_type, value), set()).add(each.key)
    inside = mentions_of(by_alias)
    found = {}
    for change in changes:
        if change.action == "delete":
            continue
        rt, needs = types[change.key.resource_type], set()
        for path, value in _strings(change.properties):
            if path[0] not in rt.words:
                called = {key for key in by_name.get(value, ()) if may_name(path, key.resource_type)}
                needs |= {key for key in called if types[key.resource_type].service == rt.service} or called
                needs |= {key for key, expression in by_alias.get(value, {}).items() if may_name(path, key.resource_type, expression)}
            needs |= {key for each in inside.findall(value) for key in by_alias[each]}
        for path, resource_type in {**rt.references, **rt.part_of}.items():
            for value in _values([path], change.properties, change.key):
                needs |= by_type.get((resource_type, value), set())
        found[change.key] = needs - {change.key}
    return found


def _values(paths, properties, key):
    """The texts that expressions find in the properties."""
    data = context(properties, region=key.region, resource_id=key.resource_id)
    for path in paths:
        try:
            value = search(path, data)
        except ExpressionError:  # it speaks of what only AWS will tell
            continue
        yield from (each for each in (value if isinstance(value, list) else [value]) if isinstance(each, str) and each)


def _mentioned(value, name):
    return any(name in each for _, each in _strings(value))


def _strings(value, path=()):
    if isinstance(value, dict):
        for name, each in value.items():
            yield from _strings(each, (*path, name))
    elif isinstance(value, list):
        for each in value:
            yield from _strings(each, path)
    elif isinstance(value, str):
        yield path, value
