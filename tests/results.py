"""What runs of the tests left in their folders: what was not tested, and what did not end alike each time.

`python3 tests/results.py not-tested DIR` for people; `… flaked DIR…` in Markdown. Needs nothing but Python.
"""

import sys
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path
from xml.etree import ElementTree

#: A line for each part that could not be run as a whole; the rest stands in the reports in JUnit's format beside it.
LEFT_OUT = "left-out.txt"


def _cases(folder: Path) -> Iterator[tuple[str, str, str]]:
    """Each test's name, how it ended (passed, skipped, failed) and why."""
    for report in sorted(folder.glob("*.xml")):
        for case in ElementTree.parse(report).iter("testcase"):
            name = f"{case.get('classname')}: {case.get('name')}"
            skipped, failed = case.find("skipped"), [*case.iter("failure"), *case.iter("error")]
            if failed:
                yield name, "failed", (failed[0].get("message") or "").partition("\n")[0]
            elif skipped is not None:
                told = case.find("properties/property[@name='skip']")  # Playwright's way
                why = skipped.get("message") or (told.get("value") if told is not None else None)
                yield name, "skipped", why or "no reason was given"
            else:
                yield name, "passed", ""


def not_tested(folder: Path) -> list[str]:
    """A line for each reason why something was left out."""
    whole = folder / LEFT_OUT
    lines = whole.read_text().splitlines() if whole.exists() else []
    reasons = Counter(why for _, ended, why in _cases(folder) if ended == "skipped")
    return lines + [f"{count} test{'s' * (count > 1)}: {why}" for why, count in reasons.items()]


def flaked(folders: Sequence[Path]) -> list[str]:
    """A row for each test that failed in a run; what failed most often comes last."""
    ends: dict[str, list[str]] = defaultdict(list)
    reasons: dict[str, str] = {}
    for folder in folders:
        for name, ended, why in _cases(folder):
            ends[name].append(ended)
            if ended == "failed":
                reasons[name] = why
    rows = sorted((ends[name].count("failed"), name) for name in reasons)
    return [f"| {name} | {failed} of {len(ends[name])} | {reasons[name][:200]} |" for failed, name in rows]


def main(arguments: Sequence[str]) -> int:
    match arguments:
        case ["not-tested", folder]:
            lines = not_tested(Path(folder))
            print("Not tested here:" if lines else "Nothing was left out.")
            print(*(f"  {line}" for line in lines), sep="\n", end="\n" if lines else "")
        case ["flaked", *folders]:
            rows = flaked([Path(folder) for folder in folders])
            print(
                "| Test | Failed | Why |\n|---|---|---|"
                if rows
                else f"Every test passed in each of the runs: {len(folders)}."
            )
            print(*rows, sep="\n", end="\n" if rows else "")
        case _:
            print(__doc__, file=sys.stderr)
            return 2
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
