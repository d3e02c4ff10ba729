"""How many CPU threads the libraries below an engine may take: two workers on one machine must not both take all."""

import sys

import cv2


def limit_threads(count: int | None) -> None:
    """For the whole process; None leaves each library its own choice, which is every core."""
    if count is None:
        return
    cv2.setNumThreads(count)
    if "torch" in sys.modules:
        sys.modules["torch"].set_num_threads(count)
