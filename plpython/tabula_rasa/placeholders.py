"""What others call a resource before AWS has named it, and what it turned out to be called."""

from __future__ import annotations

import re

from .change import UNMISTAKABLE


class Placeholders:
    """{placeholder: what AWS calls it}, put in place of it wherever it is mentioned.

    One that could not be anything else (an old id or ARN) is found inside longer text, too; any other only where it is the whole value
    of a member that may name such a thing: see may_name.
    """

    def __init__(self):
        self._names = {}
        self._inside = None

    def add(self, placeholder, name, resource_type, expression):
        """resource_type, expression: of what it is the name, and which of its names."""
        if placeholder and name and placeholder != name:
            self._names[placeholder] = name, resource_type, expression
            self._inside = None

    def __bool__(self):
        return bool(self._names)

    def resolved(self, value, words=()):
        """A dict of properties or columns with every placeholder in it replaced, at any depth.

        words  members that hold people's words or what a row calls itself: there `my-vpc` means nothing else
        """
        return self._anywhere(value, (), words) if self._names else value

    def said(self, value):
        """The same of any value, and only of what could be nothing else."""
        return self._anywhere(value, (), None) if self._names else value

    def _anywhere(self, value, path, words):
        if isinstance(value, dict):
            return {self._inner(name): self._anywhere(each, (*path, name), words) for name, each in value.items()}
        if isinstance(value, list):
            return [self._anywhere(each, path, words) for each in value]
        if not isinstance(value, str):
            return value
        if words is not None and value in self._names and path and path[0] not in words:
            name, resource_type, expression = self._names[value]
            if may_name(path, resource_type, expression):
                return name
        return self._inner(value)

    def _inner(self, text):
        if self._inside is None:
            self._inside = mentions_of(self._names)
        return self._inside.sub(lambda found: self._names[found[0]][0], text)


def may_name(path, resource_type, expression="id"):
    """May a member at this path hold the name of a resource of that type? `VpcId`, `securityGroups`, `cluster` of an ECS cluster; a DNS name where
    that is the name (`expression`)."""
    said = [each.replace("_", "").lower() for each in path[-2:]]
    return (
        said[-1].endswith(("id", "ids", "arn", "arns")) and not said[-1].endswith("cidr")
        or any(resource_type.rsplit("_", 1)[-1] in each for each in said)
        or said[-1] == expression.lower()
    )


def mentions_of(placeholders):
    """A pattern that finds unmistakable placeholders inside text."""
    long = sorted((re.escape(each) for each in placeholders if UNMISTAKABLE.match(each)), key=len, reverse=True)
    return re.compile(rf"(?<![\w-])(?:{'|'.join(long)})(?![\w-])" if long else r"(?!)")
