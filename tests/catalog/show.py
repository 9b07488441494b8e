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


def show_service(service):
    """Every type of a service in a line or two, then what the catalog lacks of it."""
    lines = []
    for name, rt in catalog.of_service(service).items():
        how = f"{rt.entry.list.operation} → {rt.entry.list.items}" if rt.entry.list else f"within {rt.within.resource_type} → {rt.within.items}"
        parent = f" for each {rt.parent}" if rt.parent else ""
        lines.append(f"{name:45} {'' if rt.reviewed else 'unreviewed, '}{rt.scope}: {how}{parent}, id {rt.id}" + (", on request" if rt.on_request else ""))
        for delete in rt.delete:
            ends = f"; until {rt.wait.waiter or 'no longer listed'}" if rt.wait else ""
            lines.append(f"{'':45} {delete.operation}({', '.join(f'{key}={value}' for key, value in delete.arguments.items())}){ends}{'; ended: ' + rt.gone if rt.gone else ''}")
    lines += [f"{gap.name:45} not readable: {gap.reason}" for gap in catalog.gaps([service])]
    return "\n".join(lines)


def main(name):
    try:
        rt = catalog.named(name)
        service = rt.service if rt else name if name in catalog.services() else None
        print(show(rt) if rt else show_service(service) if service else "", end="\n")
    except CatalogInvalid as error:
        sys.exit(f"{error.message}. {error.hint or ''}")
    if service is None:
        near = difflib.get_close_matches(name, [*catalog.types(), *catalog.services()], n=5, cutoff=0.4)
        sys.exit(f'the catalog has no type or service "{name}"' + (f"; it has {', '.join(near)}" if near else ""))
    tests = Path(__file__).with_name("test_catalog.py")
    return subprocess.call([sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", str(tests), "-k", f"[{service}]"])


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
