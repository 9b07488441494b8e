"""`make catalog`: the catalog's figures, and COVERAGE.md, which holds it against the lists of two rivals.

rivals/*.toml say for each of their types which of ours it is; or that it is a part or a state of one of ours, retired by AWS, or no resource.
"""

import statistics
import tomllib
from pathlib import Path

from tabula_rasa import catalog

HERE = Path(__file__).parent
COVERAGE = HERE.parents[1] / "COVERAGE.md"
RIVALS = {"aws-nuke": "aws_nuke.toml", "cloud-nuke": "cloud_nuke.toml"}
NOT_OURS = ("part_of", "retired", "not_a_resource")  # what may stand in place of a type, with the reason


def rivals():
    """{rival: {service: {their type: our type, or {one of NOT_OURS: …, why: …}}}}"""
    return {name: tomllib.loads((HERE / "rivals" / file).read_text()) for name, file in RIVALS.items()}


def corrections():
    """{type: (number of keys, number of lines)} of the entries in resource_types/."""
    found = {}
    for path in sorted(catalog.DIRECTORY.glob("*.toml")):
        data = tomllib.loads(path.read_text())
        lines, name = {}, None
        for line in path.read_text().splitlines():
            if line.startswith("["):
                name = line.strip("[]").partition(".")[0]
            lines[name] = lines.get(name, 0) + bool(line.strip())
        found |= {name: (len(entry.keys() - {"note"}), lines[name]) for name, entry in data.items() if isinstance(entry, dict) and name != "without"}
    return found


def figures():
    """[(what, how many)] of the catalog itself."""
    types, entries = catalog.types(), corrections()
    corrected = [each for each in entries.values() if each[0]]
    lines = [each[1] for each in entries.values()]
    return [
        ("services", len(catalog.services())),
        ("types readable", sum(rt.readable for rt in types.values())),
        ("types deletable", sum(rt.deletable for rt in types.values())),
        ("types reviewed", sum(rt.reviewed for rt in types.values())),
        ("types reviewed and deletable", sum(rt.reviewed and rt.deletable for rt in types.values())),
        ("types reviewed that need no correction", len(entries) - len(corrected)),
        ("hand-corrected entries", len(corrected)),
        ("types an INSERT creates", sum(rt.creatable for rt in types.values())),
        ("types read only when named", sum(rt.on_request for rt in types.values())),
        ("escape hatches", len({each.empty for rt in types.values() for each in rt.delete if each.empty})),
        ("lines of data per reviewed type", f"{statistics.mean(lines):.1f} (median {statistics.median(lines):.0f})"),
        ("columns", sum(len(rt.columns) for rt in types.values())),
        ("gaps: not readable, with the reason", len(catalog.gaps())),
    ]


def verdict(ours):
    """(is it covered, what to write) for what stands beside a rival's type."""
    if isinstance(ours, str):
        rt = catalog.named(ours)
        return bool(rt and rt.deletable and rt.reviewed), f"`{ours}`"
    kind = next(each for each in NOT_OURS if each in ours)
    if kind == "part_of":
        return True, f"goes with `{ours['part_of']}`: {ours['why']}"
    return True, f"{kind.replace('_', ' ')}: {ours[kind]}"


def coverage():
    """The text of COVERAGE.md."""
    lists = rivals()
    lines = [
        "# Coverage", "", "What the catalog has of two other cleaners' lists. Made by `make catalog`; do not edit.", "",
        "| | types | ours, deletable and reviewed | go with another type | retired by AWS | no resource |", "|---|---|---|---|---|---|",
    ]
    for rival, services in lists.items():
        all_of = [ours for theirs in services.values() for ours in theirs.values()]
        counts = [sum(isinstance(each, str) for each in all_of), *(sum(kind in each for each in all_of if isinstance(each, dict)) for kind in NOT_OURS)]
        lines.append(f"| {rival} | {len(all_of)} | " + " | ".join(map(str, counts)) + " |")
    for rival, services in lists.items():
        lines += ["", f"## {rival}", "", "| service | theirs | ours |", "|---|---|---|"]
        lines += [f"| {service} | {name} | {verdict(ours)[1]} |" for service, theirs in sorted(services.items()) for name, ours in sorted(theirs.items())]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    COVERAGE.write_text(coverage())
    for what, count in figures():
        print(f"{count:>14}  {what}")
    print(f"\nwritten: {COVERAGE.name}")
