"""An engine takes the cores that it was given: two, since one is what the environment of the tests says."""

import subprocess
import sys

import pytest

#: In a process of its own: what is limited is limited for all of it.
PROGRAM = """
import sys
{more}
import cv2
from inference.registry import create
engine, _ = create("tailor", "grabcut", lambda options: options(cpu_threads={threads}))
engine.load()
print(cv2.getNumThreads(), {asked})
"""


def _run(threads, more="", asked="0"):
    program = PROGRAM.format(threads=threads, more=more, asked=asked)
    return subprocess.run(
        [sys.executable, "-c", program], check=True, capture_output=True, text=True
    ).stdout.split()


def test_opencv_takes_as_many_threads_as_the_operator_says():
    assert _run(2)[0] == "2"


def test_torch_too_where_it_is_there():
    pytest.importorskip("torch")
    assert _run(2, more="import torch", asked="torch.get_num_threads()") == ["2", "2"]
