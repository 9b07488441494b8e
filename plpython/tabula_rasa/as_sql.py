"""In charge of writing records back as the statements that would create them: infrastructure as SQL. Pure.

What AWS names a record by stands in its statement as a placeholder: other statements of the batch may mention it, and AWS may give another.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass

from .calls import create_calls, creates, tag_facts
from .catalog import GLOBAL, model
from .catalog.changing import set_by_create
from .change import PARTS, UNMISTAKABLE, Key
from .editing import inserted, naming_columns, properties, wanted
from .errors import TabulaRasaError
from .expressions import ExpressionError, arguments, context, fields, holds, search

_RUN = re.compile(r"[^\s\"',;(){}\[\]<>]+")
_EMPTY = (None, "", [], {})


@dataclass(frozen=True)
class _Insert:
    """What one record's statement says: {column: value}, and which columns (`column.member` inside one) the mirror does not have.

    there  it may be there already: AWS makes it along with something else
    sets   it would change something of what is there
    """

    key: Key
    given: dict
    there: bool
    sets: bool
    lost: tuple[str, ...]


class Writer:
    """Writes rows of one account as INSERTs.

    facts         account_id, partition
    quote         quotes an identifier
    into_account  account id to stand in the statements instead; None: the same
    into_region   the same for the region
    """

    def __init__(self, types, facts, quote, into_account=None, into_region=None):
        self.types = types
        self.facts = facts
        self.quote = quote
        self.moves = {rf"(?<!\d){facts['account_id']}(?!\d)": into_account} if into_account else {}
        self.into_region = into_region

    def create(self, row):
        """The Create that would make what a row shows; None where AWS makes it by itself, or the catalog cannot."""
        rt, found = self.types[row["resource_type"]], self._creates(row)
        fact = rt.fact(properties(rt, row), **self._facts(row), resource_id=row["resource_id"], arn=row["arn"])
        return None if not found or fact and not found[0].finds else found[0]

    def statement(self, row):
        """The INSERT for a row that create() knows; as a comment where what AWS requires is not in the mirror."""
        return self._text(self._insert(row))

    def statements(self, rows, made_by_aws, references, asked):
        """The statements for the rows of an account, each after those that it mentions.

        made_by_aws  keys of what every account has: not written, but for what others mention and the catalog can find;
                     a setting that names one is left out, for AWS sets it so by itself
        references   of the account's records
        asked        (key) -> is it among what is to be written?
        """
        made = {_key(row): create for row in rows if (create := self.create(row))}
        known = {_key(row): row for row in rows}
        owned = _owned(references, made, self.types)
        keys = [key for key in made if asked(key) and key not in owned]
        found = {key for key in keys if made[key].finds or key in made_by_aws and self._finds(known[key])}
        by_itself = {key.resource_id for key in {*made_by_aws, *owned} - found}
        written = {key: self._insert(known[key], by_itself) for key in keys if key in found or key not in made_by_aws}
        mentioned = _mentions(written, {key: self._names(known[key]) for key in written}, references)
        needed = {key for key in found if written[key].given.get("tags") or key not in made_by_aws and written[key].sets}
        open_ = [*needed, *(key for key in written if key not in found)]
        while open_:  # else what is found is written only for those that mention it
            open_ = [each for key in open_ for each in mentioned[key] & found if each not in needed and not needed.add(each)]
        ordered = in_order([key for key in written if key in needed] + [key for key in written if key not in found], mentioned)
        if self.into_region:
            self.moves |= {rf"(?<![a-z0-9]){region}(?!\d)": self.into_region for region in {key.region for key in ordered} - {GLOBAL}}
        return [self._text(written[key]) for key in ordered]

    def _creates(self, row):
        rt = self.types[row["resource_type"]]
        try:
            return creates(rt, {name: each for name, each in wanted(rt, row).items() if name in rt.inserted and each is not None}, self._facts(row))
        except ExpressionError:
            return []

    def _finds(self, row):
        """May AWS have made it along with something else, and the catalog find it?"""
        return any(each.finds for each in self._creates(row))

    def _facts(self, row):
        return {**self.facts, "region": row["region"]}

    def _names(self, row):
        """What others may mention a row by."""
        columns = ("resource_id", "arn", "name", *naming_columns(self.types[row["resource_type"]]))
        return {row[column] for column in columns if isinstance(row.get(column), str)}

    # -- one record

    def _insert(self, row, by_itself=()):
        rt, create = self.types[row["resource_type"]], self.create(row)
        tags = {key: value for key, value in (row["tags"] or {}).items() if not key.startswith("aws:")} if "tags" in rt.inserted else {}
        columns, lost = self._columns(rt, create, row, tags, by_itself)
        made_up = row["arn"] if rt.arn_resource else None  # by the catalog, of the id
        names = {column: row[column] for column in naming_columns(rt) if row.get(column) and row[column] != made_up}
        texts = {each for each in (*names.values(), *columns.values()) if isinstance(each, str)}
        given = {"region": row["region"]} if row["region"] != GLOBAL else {}
        if row["resource_id"] not in texts:
            given["resource_id"] = row["resource_id"]
        given |= names | columns
        if row["arn"] and not made_up and row["arn"] not in texts:
            given["arn"] = row["arn"]
        if tags:
            given["tags"] = tags
        lost += [each.name for each in rt.columns if each.given and each.sensitive]
        data = {rt.property_of[column]: value for column, value in columns.items()}
        sets = len(_requests(rt, data, tags, self._facts(row)) or ()) > 1
        return _Insert(_key(row), given, create.finds or bool(create.done), sets, tuple(sorted(lost)))

    def _columns(self, rt, create, row, tags, by_itself):
        """({column: value} that tells AWS something, columns and members that the mirror does not have)."""
        shape = model.operation(rt.service, create.operation).input_shape
        taken = set_by_create(create)
        passed = {expression: parameter for parameter, expression in create.arguments.items()}
        found, lost = {}, []
        for column, property in rt.property_of.items():
            own, value = rt.by_column.get(column), row.get(column)
            if property not in (taken | rt.updated if create.finds else rt.inserted) or own and own.given or value in _EMPTY:
                continue
            if isinstance(value, str) and value in by_itself and property not in taken:
                continue
            if property in passed and "." not in passed[property]:
                value = model.known(value, shape.members[passed[property]])
            value = _shown(value, column, lost)
            if value not in _EMPTY:
                found[column] = value
        idle = self._idle(rt, create, {rt.property_of[column]: value for column, value in found.items()}, tags, self._facts(row))
        return {column: value for column, value in found.items() if rt.property_of[column] not in idle}, lost

    def _idle(self, rt, create, data, tags, facts):
        """The properties that would change nothing of what AWS is told, and name nothing."""
        naming = {*create.required, *create.foretells.values(), *rt.references, *rt.part_of, *rt.also_known_as, rt.id, rt.name, rt.arn}
        kept = {*create.arguments.values()}.union(*(fields(each) for each in naming if each))
        told, idle = _requests(rt, data, tags, facts), set()
        for property in sorted(data.keys() - kept):
            rest = {name: value for name, value in data.items() if name not in {*idle, property}}
            if _requests(rt, rest, tags, facts) == told:
                idle.add(property)
        return idle

    # -- its text

    def _text(self, insert):
        rt = self.types[insert.key.resource_type]
        given = {column: self._moved(value) for column, value in insert.given.items()}
        columns = ", ".join(map(self.quote, given))
        values = ", ".join(_literal(value, rt.by_column[column].type if column in rt.by_column else None) for column, value in given.items())
        there = " ON CONFLICT DO NOTHING" if insert.there else ""
        text = f"INSERT INTO aws.{self.quote(rt.name)} ({columns}) VALUES ({values}){there};"
        remark = f" -- not in the mirror: {', '.join(insert.lost)}" if insert.lost else ""
        try:
            inserted(rt, given, 0, {**self.facts, **self._moved({"account_id": self.facts["account_id"], "region": insert.key.region})})
        except TabulaRasaError as error:
            text, remark = "-- " + text.replace("\n", "\n-- "), f"{remark} -- {error.message}"
        return text + remark

    def _moved(self, value):
        """The value with the account and region that it is to be created in."""
        if isinstance(value, dict):
            return {self._moved(name): self._moved(each) for name, each in value.items()}
        if isinstance(value, list):
            return [self._moved(each) for each in value]
        if isinstance(value, str):
            for old, new in self.moves.items():
                value = re.sub(old, new, value)
        return value


def _key(row):
    return Key(row["resource_type"], row["region"], row["resource_id"])


def _shown(value, path, lost):
    """The value without what the mirror hides; `lost` gets the paths of that."""
    if value == model.HIDDEN:
        lost.append(path)
        return None
    if isinstance(value, dict):
        return {name: each for name, member in value.items() if (each := _shown(member, f"{path}.{name}", lost)) is not None}
    if isinstance(value, list):
        return [_shown(each, path, lost) for each in value]
    return value


def _requests(rt, data, tags, facts):
    """[(operation, request)] of the calls that would make a resource with these properties; None where they are not enough to tell."""
    told = tag_facts(tags)
    try:
        found = []
        for call in create_calls(rt, data, facts, told["tags"]):
            seen = context(data, **facts, **told, added=told["tag_list"], removed=None, old={}, token="", answer=None, resource_id="", arn="")
            if call.where and ("_.answer" in call.where or not holds(call.where, seen)):  # what AWS will answer cannot be told
                continue
            for element in search(call.each, seen) or [] if call.each else [None]:
                seen["_"]["element"] = element
                found.append((call.operation, {name: each for name, each in arguments(call.arguments, seen).items() if each not in _EMPTY}))
        return found
    except (ExpressionError, IndexError):
        return None


def _literal(value, column_type):
    """The value in SQL, for a column of a type; None: of a base column."""
    if column_type == "text[]" and isinstance(value, list):
        return f"ARRAY[{', '.join(_literal(each, None) for each in value)}]"
    if column_type != "jsonb" and isinstance(value, (bool, int, float)):
        return json.dumps(value)
    text = value if isinstance(value, str) and column_type != "jsonb" else json.dumps(value, ensure_ascii=False)
    return "'" + text.replace("'", "''") + "'"


# -- among the records


def _owned(references, made, types):
    """The keys of what comes along with something that is made, and of the parts of that."""
    owned = {each.record for each in references if each.needs in made and (each.kind == "owned" or each.kind == "part" and _comes_along(each, types))}
    parts = [each for each in references if each.kind in PARTS]
    while more := {each.record for each in parts if each.needs in owned} - owned:
        owned |= more
    return owned


def _comes_along(part, types):
    """Is it a part that its whole has made? No row can say whose part it is: an instance of an Auto Scaling group."""
    rt = types[part.record.resource_type]
    return not any(fields(path) & rt.inserted for path, whole in rt.part_of.items() if whole == part.needs.resource_type)


def _mentions(inserts, names, references):
    """{key: keys of the others that its statement mentions}: by an id or ARN anywhere in it, by a plain name where the mirror knows that it is one.

    names  {key: what others may mention it by}
    """
    unmistakable = {name: key for key, each in names.items() for name in each if UNMISTAKABLE.match(name)}
    needs = {}
    for each in references:
        needs.setdefault(each.record, set()).add(each.needs)
    found = {}
    for key, insert in inserts.items():
        values = set(_strings(insert.given))
        parts = {part for value in values for part in _parts(value)}
        found[key] = {unmistakable[each] for each in (values | parts) & unmistakable.keys()} - {key}
        found[key] |= {each for each in needs.get(key, ()) if values & names.get(each, set())}
    return found


def _strings(value):
    if isinstance(value, (dict, list)):
        for each in [*value, *value.values()] if isinstance(value, dict) else value:
            yield from _strings(each)
    elif isinstance(value, str):
        yield value


def _parts(text):
    """What a text may mention: every stretch of it that begins and ends with a word."""
    for run in _RUN.findall(text):
        words = re.split(r"([^\w-]+)", run)  # words, and what is between them
        for first in range(0, len(words), 2):
            for last in range(first + 1, len(words) + 1, 2):
                yield "".join(words[first:last])


def in_order(keys, mentioned):
    """The keys so that each stands after those that it mentions, as far as that can be.

    mentioned  {key: the keys that it mentions}
    """
    wanted, done, found = set(keys), set(), []
    for start in keys:
        open_ = [(start, iter(sorted(mentioned[start] & wanted)))] if start not in done else []
        done.add(start)
        while open_:
            key, others = open_[-1]
            following = next((each for each in others if each not in done), None)
            if following is None:
                found.append(key)
                open_.pop()
            else:
                done.add(following)
                open_.append((following, iter(sorted(mentioned[following] & wanted))))
    return found
