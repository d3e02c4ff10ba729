"""What people are told after a run, and after several."""

import subprocess
import sys
from pathlib import Path

RESULTS = Path(__file__).parents[1] / "results.py"


def _run(folder: Path, *, flaky: bool) -> Path:
    """A folder as a run leaves it."""
    folder.mkdir()
    end = '<failure message="6 &lt; 5&#10;more"/>' if flaky else ""
    skipped = '<skipped message="promtool is not installed: `apt-get install prometheus`"/>'
    (folder / "python.xml").write_text(
        '<testsuites><testsuite><testcase classname="a" name="works"/>'
        f'<testcase classname="a" name="flaky">{end}</testcase>'
        f'<testcase classname="a" name="one">{skipped}</testcase>'
        f'<testcase classname="a" name="two">{skipped}</testcase></testsuite></testsuites>'
    )
    return folder


def _said(*arguments: str | Path) -> list[str]:
    command = [sys.executable, RESULTS, *arguments]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.splitlines()


def test_what_was_left_out_is_said_once_with_what_to_do(tmp_path):
    folder = _run(tmp_path / "one", flaky=False)
    (folder / "left-out.txt").write_text("the web app: it needs Node 20 or newer\n")
    assert _said("not-tested", folder) == [
        "Not tested here:",
        "  the web app: it needs Node 20 or newer",
        "  2 tests: promtool is not installed: `apt-get install prometheus`",
    ]


def test_nothing_left_out_is_said_too(tmp_path):
    assert _said("not-tested", tmp_path) == ["Nothing was left out."]


def test_a_test_that_failed_in_one_run_of_two_is_named_with_its_reason(tmp_path):
    runs = [_run(tmp_path / name, flaky=name == "two") for name in ("one", "two")]
    assert _said("flaked", *runs)[2:] == ["| a: flaky | 1 of 2 | 6 < 5 |"]
    assert _said("flaked", runs[0]) == ["Every test passed in each of the runs: 1."]
