"""Values made from botocore's shapes, as they lie in a record: JSON, times as ISO text, bytes as base64.

Every text is another one, but for what has to be the account's or the region's own; the same place gives the same text each time.
"""

import base64
import datetime
import hashlib
import json
import re
import urllib.parse

ANOTHER = "another-"  # what a text begins with that was to be another one
DEPTH = 5  # structures within structures that are still filled
_START = datetime.datetime(2026, 1, 1, tzinfo=datetime.timezone.utc)
_LIVE = (
    "active", "available", "enabled", "running", "ready", "inservice", "deployed", "issued", "succeeded", "success", "completed", "complete",
    "created", "createcomplete", "normal", "healthy", "on", "customer", "custom", "private", "self", "user", "normal", "associated", "attached",
)
_DEAD = re.compile(r"delet|fail|terminat|stop|inactive|disabl|creating|pending|updat|error|expired|cancel|detach|reject|inprogress|^aws|default|none|unknown", re.I)
POLICY = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": {"Service": "example.amazonaws.com"}, "Action": "sts:AssumeRole"}]}


class Values:
    """Values of one record: `seed` names it (account, region, type, number), `number` counts within its type."""

    def __init__(self, service, account_id, region, noun, number, alike=True):
        self.service, self.account_id, self.region, self.noun, self.number, self.alike = service, account_id, region, noun, number, alike
        self.turn = 0  # which of several other values is taken next
        self.seed = f"{account_id}|{region}|{service}|{noun}|{number}"

    def make(self, shape, path=(), above=()):
        """A value of the shape; None for what cannot be made (a stream, a shape within itself)."""
        if shape is None:
            return self.text("value", path)
        kind = shape.type_name
        if kind in ("structure", "list", "map"):
            if len(path) > 3 * DEPTH or shape.name and (shape.name in above or len(above) > 2 * DEPTH):
                return None
            above = (*above, shape.name) if shape.name else above
            return getattr(self, f"_{kind}")(shape, path, above)
        return getattr(self, f"_{kind}", self._string)(shape, path)

    def _structure(self, shape, path, above):
        if getattr(shape, "is_document_type", False):
            return {"key": self.text("value", path)}
        made = {}
        for name, member in shape.members.items():
            if getattr(shape, "is_tagged_union", False) and made:
                break
            value = self.make(member, (*path, name), above)
            if value is not None:
                made[name] = value
        return made if made or not shape.members else None

    def _list(self, shape, path, above):
        values = [self.make(shape.member, (*path, str(number)), above) for number in range(min(max(int(shape.metadata.get("min", 1)), 1), 10))]
        return None if None in values else values

    def _map(self, shape, path, above):
        value = self.make(shape.value, (*path, "value"), above)
        return None if value is None else {self.make(shape.key, (*path, "key"), above): value}

    def _string(self, shape, path):
        if shape.name == "policyDocumentType":  # botocore decodes these (handlers.py, json_decode_policies)
            return {**POLICY, "Id": self.text("id", path)}
        if shape.enum:
            living = [each for each in shape.enum if not _DEAD.search(each)]
            return _live(shape.enum) if self.alike or not living else living[self.number % len(living)]
        name = next((each for each in reversed(path) if not each.isdigit() and each not in ("key", "value")), shape.name or "value")
        shortest, longest = int(shape.metadata.get("min", 0)), int(shape.metadata.get("max", 1 << 30))
        return next((each for each in self._texts(name, path) if shortest <= len(each) <= longest and _fits(each, shape)), self.text(name, path, longest, shortest))

    _character = _string

    def _texts(self, name, path):
        """Candidates for a text of that name, the likeliest first."""
        low, code = name.lower(), self.code(path)
        if low.endswith(("arn", "arns")):
            place = "" if self.region == "global" else self.region
            yield f"arn:aws:{self.service}:{place}:{self.account_id}:{self.noun}/{code}"
        if self.alike and (low.endswith(("accountid", "ownerid", "account")) or low == "owner"):
            yield self.account_id
        if self.alike and low.endswith("region"):
            yield self.home
        if self.alike and low.endswith("availabilityzone"):
            yield self.home + "a"
        if re.search(r"(time|date|timestamp|created|createdat|registeredat)$", low):
            yield self._timestamp(None, path)
        if "cidr" in low:
            yield f"10.{int(code[:2], 16)}.{int(code[2:4], 16)}.0/24"
        if low.endswith(("url", "uri", "endpoint")):
            yield f"https://{code}.example.com/{code[:6]}"
        yield self.text(name, path)
        yield code
        digits = str(int(code, 16))
        yield from (code[:8], code + code[::-1] + code[:6], f"{code[:8]}-{code[8:12]}-4{code[:3]}-8{code[3:6]}-{code[:12]}", code.upper(), digits, digits[:12], digits[:4])
        yield from (f"/{name.lower()}/{code}", f"{code}.example.com", f"{code}@example.com", f"s3://{code}/x", f"a{code}", f"a{code}:b", "1.2.3", "1.2", "1")

    @property
    def home(self):
        return "us-east-1" if self.region == "global" else self.region

    def text(self, name, path, longest=1 << 30, shortest=0):
        """Text that says what it is for and is another one at every place; when it has to be short, only the latter."""
        code = self.code(path)
        words = "-".join(re.findall(r"[A-Z]*[a-z]+|[A-Z]+", name))[-24:].strip("-").lower()
        made = f"{words or 'value'}-{code}"
        made = made if len(made) <= longest else code[-longest:]
        return made.ljust(shortest, "x")

    def code(self, path):
        """17 hexadecimal digits, as AWS's ids have."""
        return hashlib.sha1("/".join((self.seed, *path)).encode()).hexdigest()[:17]

    def _integer(self, shape, path):
        if shape.serialization.get("location") == "statusCode":
            return 200
        lowest = int(shape.metadata.get("min", 1))
        return max(lowest, min(max(lowest, 1) + self.number, int(shape.metadata.get("max", 1 << 30))))

    _long = _integer

    def _float(self, shape, path):
        return min(float(shape.metadata.get("min", 1)) + 0.5, float(shape.metadata.get("max", 1 << 30)))

    _double = _float

    def _boolean(self, shape, path):
        return self.number % 2 == 1

    def _timestamp(self, shape, path):
        return (_START + datetime.timedelta(days=self.number)).isoformat()

    def _blob(self, shape, path):
        return None if shape.serialization.get("streaming") else base64.b64encode(self.code(path).encode()).decode()


def _live(choices):
    """Of an enumeration's values the one that a living, own thing shows."""
    plain = {re.sub(r"[-_ ]", "", each).lower(): each for each in choices}
    return next((plain[word] for word in _LIVE if word in plain), None) or next((each for each in choices if not _DEAD.search(re.sub(r"[-_ ]", "", each))), choices[0])


def _fits(text, shape):
    pattern = shape.metadata.get("pattern")
    try:
        return not pattern or re.fullmatch(pattern, text) is not None
    except re.error:  # Java's syntax knows more than Python's
        return True


def to_wire(value, shape):
    """A record's value as a serialiser wants it: members that the shape does not know are left out, times and bytes are such."""
    if shape is None or value is None:
        return None
    kind = shape.type_name
    if getattr(shape, "is_document_type", False):
        return value
    if kind == "structure":
        if not isinstance(value, dict):
            return None
        made = {name: to_wire(each, shape.members[name]) for name, each in value.items() if name in shape.members}
        made = {name: each for name, each in made.items() if each is not None}
        return dict(list(made.items())[-1:]) if getattr(shape, "is_tagged_union", False) else made
    if kind == "list":
        return [to_wire(each, shape.member) for each in value] if isinstance(value, list) else None
    if kind == "map":
        return {name: to_wire(each, shape.value) for name, each in value.items()} if isinstance(value, dict) else None
    if kind == "timestamp":
        return datetime.datetime.fromisoformat(value)
    if kind == "blob":
        return base64.b64decode(value) if isinstance(value, str) else None
    if shape.name == "policyDocumentType":
        return urllib.parse.quote(json.dumps(value))
    if kind in ("integer", "long", "float", "double") and isinstance(value, (str, dict, list)):
        return None
    if kind in ("string", "character") and not isinstance(value, str):
        return json.dumps(value) if isinstance(value, (dict, list)) else str(value).lower() if isinstance(value, bool) else str(value)
    return value


class Unfit(Exception):
    """A value that its member cannot hold."""


def fit(value, shape, values, path=()):
    """A value as the shape can hold it: what an expression wanted to be true or in a list is made so; Unfit if it cannot be."""
    kind = getattr(shape, "type_name", None)
    if value is None or kind is None or getattr(shape, "is_document_type", False) or shape.name == "policyDocumentType":
        return value
    if kind in ("structure", "list", "map") and value is True:
        return values.make(shape, path)
    if kind == "structure":
        _want(isinstance(value, dict), value, shape)
        return {name: fit(each, shape.members.get(name), values, (*path, name)) for name, each in value.items()}
    if kind == "list":
        _want(not isinstance(value, dict) or shape.member is None or shape.member.type_name != "string", value, shape)
        found = [fit(each, shape.member, values, (*path, str(number))) for number, each in enumerate(value if isinstance(value, list) else [value])]
        return [_whole(each, shape.member, values, (*path, str(number))) for number, each in enumerate(found)]
    if kind == "map":
        _want(isinstance(value, dict), value, shape)
        return {name: fit(each, shape.value, values, (*path, "value")) for name, each in value.items()}
    if kind in ("string", "character"):
        if value is True:
            return values.make(shape, path)
        _want(isinstance(value, str), value, shape)
        choices = list(getattr(shape, "enum", ()))
        if choices and value not in choices and value.startswith(ANOTHER):
            others = [each for each in choices if each != value.removeprefix(ANOTHER)]
            others = [each for each in others if not _DEAD.search(each)] or others
            values.turn += 1
            return others[values.turn % len(others)] if others else value
        return value
    if kind == "timestamp" and value is True:
        return values.make(shape, path)
    if kind in ("integer", "long", "float", "double"):
        _want(isinstance(value, (int, float)), value, shape)
        return int(value) if kind in ("integer", "long") else value
    if kind == "boolean":
        _want(isinstance(value, bool), value, shape)
    return value


def _whole(value, shape, values, path):
    """An element that was made only to hold one member gets the others, too."""
    if isinstance(value, dict) and len(value) == 1 and getattr(shape, "type_name", "") == "structure" and not getattr(shape, "is_tagged_union", False):
        return {**(values.make(shape, path) or {}), **value}
    return value


def _want(fits, value, shape):
    if not fits:
        raise Unfit(f"{value!r} is no {shape.type_name}")
