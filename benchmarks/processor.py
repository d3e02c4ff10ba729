"""Processor time of this process and of all that it started, by what they are."""

from collections import Counter
from pathlib import Path

import psutil

_SERVICES = ("gateway", "weaver", "tailor", "arbitrator")


def spent() -> dict[tuple[int, str], float]:
    """Seconds so far, by process id and name: a service's, ``decoder``, ``client`` (this one), or the program's."""
    here = psutil.Process()
    found = {(here.pid, "client"): _seconds(here)}
    for child in here.children(recursive=True):
        try:
            found[child.pid, _name(child.cmdline())] = _seconds(child)
        except psutil.Error:  # it ended meanwhile
            continue
    return found


def milliseconds_each(before: dict[tuple[int, str], float], count: int) -> dict[str, float]:
    """Spent since ``before`` for each of ``count`` things, by name; all of it as ``cpu_ms``."""
    by_name: Counter[str] = Counter()
    for process, seconds in spent().items():
        by_name[process[1]] += (seconds - before.get(process, 0.0)) * 1000 / count
    parts = {f"cpu_ms_{name}": round(value, 2) for name, value in by_name.most_common() if value >= 0.005}
    return {"cpu_ms": round(sum(by_name.values()), 2), **parts}


def _seconds(process: psutil.Process) -> float:
    times = process.cpu_times()
    return float(times.user + times.system)


def _name(command: list[str]) -> str:
    service = next((word for word in command if word in _SERVICES), None)
    if service is not None:
        return service
    if "inference.decode.process" in command:
        return "decoder"
    return Path(command[0].split(":")[0]).name if command else "other"
