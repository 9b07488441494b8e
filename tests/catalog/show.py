"""`make type TYPE=…`: what a catalog entry becomes, and whether botocore's model agrees."""

import difflib
import subprocess
import sys
from pathlib import Path

from tabula_rasa import catalog
from tabula_rasa.errors import CatalogInvalid


def show(rt):
    """The entry with every gap filled, one fact a line."""
    entry = rt.entry
    lines = [("service", rt.service), ("scope", rt.scope)]
    lines += [("lists", f"{entry.list.operation} → {entry.list.items}")] if entry.list else [("within", f"{entry.within.resource_type} → {entry.within.items}")]
    lines += [(name, getattr(entry, name)) for name in ("id", "name", "arn", "tags", "created", "owner", "gone") if getattr(entry, name)]
    lines += [("then reads", each.operation) for each in entry.details]
    for delete in entry.delete:
        lines += [("first calls", each.operation) for each in delete.before]
        how = ", ".join(f"{name} = {path}" for name, path in delete.arguments.items())
        lines.append(("deletes by", f"{delete.operation}({how})" + (f", up to {delete.batch.size} in {delete.batch.argument}" if delete.batch else "")))
    lines += [("columns", ", ".join(f"{each.name} {each.type}" for each in rt.columns))]
    return "\n".join(f"{name:12} {value}" for name, value in lines)


def main(name):
    try:
        rt = catalog.named(name)
    except CatalogInvalid as error:
        sys.exit(f"{error.message}. {error.hint or ''}")
    if rt is None:
        near = difflib.get_close_matches(name, catalog.types(), n=5, cutoff=0.4)
        sys.exit(f'the catalog has no type "{name}"' + (f"; it has {', '.join(near)}" if near else ""))
    print(show(rt))
    tests = Path(__file__).with_name("test_catalog.py")
    return subprocess.call([sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", str(tests), "-k", name])


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
