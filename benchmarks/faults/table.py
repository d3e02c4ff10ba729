"""The table that `proteus bench faults` prints."""

from collections.abc import Mapping, Sequence

from rich.console import Console
from rich.table import Table

from benchmarks.faults.verdict import FaultVerdict


def as_table(verdicts: Sequence[FaultVerdict], lacking: Mapping[str, str], title: str) -> None:
    """One line a fault, and one for what could not be broken here."""
    table = Table("fault", title=title)
    for heading in ("jobs accepted", "outcomes", "lost", "duplicated", "longest recovery", "else"):
        table.add_column(heading, justify="right")
    for verdict in verdicts:
        outcomes = f"{verdict.completed} completed"
        if verdict.failed:
            outcomes += f", {verdict.failed} failed"
        table.add_row(
            verdict.fault, str(verdict.accepted), outcomes, str(verdict.lost), str(verdict.duplicated),
            f"{verdict.longest_recovery:.1f} s", verdict.problems() or "ok",
        )  # fmt: skip
    for name, why in lacking.items():
        table.add_row(name, "", f"not run: {why}", "", "", "", "")
    console = Console()
    Console(width=max(console.width, 140)).print(table)
