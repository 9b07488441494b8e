"""What others call a resource before AWS has named it, and what it turned out to be called."""

from __future__ import annotations

import re

from .change import UNMISTAKABLE


class Placeholders:
    """{placeholder: what AWS calls it}, put in place of it wherever it is mentioned.

    One that could not be anything else (an old id or ARN) is found inside longer text, too; any other only where it is the whole value.
    """

    def __init__(self):
        self._names = {}
        self._inside = None

    def add(self, placeholder, name):
        if placeholder and name and placeholder != name:
            self._names[placeholder] = name
            self._inside = None

    def __bool__(self):
        return bool(self._names)

    def resolved(self, value, words=()):
        """The value with every placeholder in it replaced, at any depth.

        words  members of the value that hold people's words: there `my-vpc` may be a name
        """
        if isinstance(value, dict) and self._names:
            return {self._text(name, True): self._anywhere(each, name not in words) for name, each in value.items()}
        return self._anywhere(value, True) if self._names else value

    def said(self, value):
        """The same of people's words: only what could be nothing else is replaced."""
        return self._anywhere(value, False) if self._names else value

    def _anywhere(self, value, whole):
        if isinstance(value, dict):
            return {self._text(name, whole): self._anywhere(each, whole) for name, each in value.items()}
        if isinstance(value, list):
            return [self._anywhere(each, whole) for each in value]
        return self._text(value, whole) if isinstance(value, str) else value

    def _text(self, value, whole):
        if whole and value in self._names:
            return self._names[value]
        return self._pattern().sub(lambda found: self._names[found[0]], value)

    def _pattern(self):
        if self._inside is None:
            self._inside = mentions_of(self._names)
        return self._inside


def mentions_of(placeholders):
    """A pattern that finds unmistakable placeholders inside text."""
    long = sorted((re.escape(each) for each in placeholders if UNMISTAKABLE.match(each)), key=len, reverse=True)
    return re.compile(rf"(?<![\w-])(?:{'|'.join(long)})(?![\w-])" if long else r"(?!)")
