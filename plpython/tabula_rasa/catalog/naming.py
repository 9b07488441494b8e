"""How AWS's APIs name things: plurals of nouns, and which member of a record an operation's parameter means. Pure text."""

from __future__ import annotations

# What may follow a type's noun in the name of a parameter or a member, with what a bare parameter of that kind may be called.
_KINDS = {
    "identifier": ("identifier", "id", "arn", "name"),
    "resourceid": ("id", "identifier"),
    "resourcearn": ("arn",),
    "id": ("id", "identifier"),
    "arn": ("arn",),
    "name": ("name",),
    "": ("name", "id", "arn", "identifier"),
}


def plurals(noun):
    """The ways in which a lower-case noun may stand in the name of an operation that lists: plural first, then as it is."""
    yield noun + "s"
    if noun.endswith("y"):
        yield noun[:-1] + "ies"
    if noun.endswith("is"):
        yield noun[:-2] + "es"
    yield noun + "es"
    yield noun


def singular(noun):
    """The singular of a noun in AWS's own spelling: Policies -> Policy, Addresses -> Address, Clusters -> Cluster."""
    lower = noun.lower()
    if lower.endswith("ies") and len(noun) > 4:
        return noun[:-3] + "y"
    if lower.endswith(("sses", "xes", "ches", "shes", "uses", "aliases")):
        return noun[:-2]
    if lower.endswith("s") and not lower.endswith(("ss", "us", "is", "alias", "lens", "series", "settings", "options", "access")):
        return noun[:-1]
    return noun


def plain(name):
    """A name without what spellings differ in."""
    return name.replace("_", "").replace("-", "").lower()


def member_for(parameter, noun, members, strict=False):
    """The name among `members` that a parameter means in a call about a `noun`, or None.

    The same name; else what is left of either when the noun is taken off: `clusterName` is `name` of a cluster, `Id` is `clusterId`.
    strict: the parameter must speak of the noun itself.
    """
    wanted, noun = plain(parameter), plain(noun)
    known = {plain(each): each for each in members}
    if wanted in known and not (strict and not wanted.startswith(noun)):
        return known[wanted]
    if wanted.startswith(noun) and wanted[len(noun):] in _KINDS:
        return _first(known, *(each for kind in _KINDS[wanted[len(noun):]] for each in (kind, noun + kind)))
    if strict:
        return None
    if wanted in _KINDS:
        return _first(known, *(each for kind in _KINDS[wanted] for each in (kind, noun + kind)))
    for kind, kinds in _KINDS.items():  # InstanceId of a notebook instance
        stem = wanted.removesuffix(kind) if kind else wanted
        if len(stem) > 3 and wanted.endswith(kind) and noun.endswith(stem):
            return _first(known, *(noun + each for each in kinds), *kinds)
    return None


def _first(known, *names):
    return next((known[name] for name in names if name in known), None)
