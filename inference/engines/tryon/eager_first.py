"""Eager first, compiled when ready: a model answers jobs while its compiled twin is made in another thread."""

import copy
import logging
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any, Generic, TypeVar

import torch
from torch import nn

from inference.engine import Compilation
from inference.weights.checksums import read_json, write_json

log = logging.getLogger(__name__)

M = TypeVar("M")
#: What was compiled below a directory, by engine; the compiler keeps its results beside it.
_KEPT = "compiled.json"


class EagerFirst(Generic[M]):
    """A model, and its compiled twin from when every batch size of that has been run once."""

    def __init__(self, eager: M) -> None:
        self._now = (eager, False)
        self.state: Compilation = "off"
        self.over = threading.Event()  # compiling has ended, well or not

    @property
    def now(self) -> tuple[M, bool]:
        """The model to use, and whether it is the compiled one, whose batches are to be filled up."""
        return self._now

    def compile(
        self, make: Callable[[], M], warm: Callable[[M], None], cache: Path, name: str, how: str
    ) -> None:
        """Take the model that ``make`` gives, once ``warm`` has run it at every size.

        In a thread; at once where ``cache`` keeps what was compiled for ``name`` in the same way (``how``) here:
        that takes seconds. A compiler that fails leaves the eager model where it is.
        """
        self.state = "compiling"
        if read_json(cache / _KEPT).get(name) == how:
            self._compile(make, warm, cache, name, how)
        else:
            arguments = (make, warm, cache, name, how)
            threading.Thread(target=self._compile, args=arguments, name="compiler", daemon=True).start()

    def _compile(
        self, make: Callable[[], M], warm: Callable[[M], None], cache: Path, name: str, how: str
    ) -> None:
        try:
            twin = make()
            warm(twin)
            self._now, self.state = (twin, True), "compiled"
            log.info("%s: compiled", name)
            write_json(cache / _KEPT, {**read_json(cache / _KEPT), name: how})
        except Exception as error:  # of the compiler, its tools or the disk: jobs go on as before
            if self.state != "compiled":
                self.state = "failed"
            log.exception("%s stays eager, compiling it failed: %r", name, error)
        finally:
            self.over.set()


def twin(model: nn.Module) -> nn.Module:
    """Another model of the same tensors: what is compiled of it leaves the first as it is, and no memory is taken."""
    shared: dict[int, Any] = {id(tensor): tensor for tensor in (*model.parameters(), *model.buffers())}
    return copy.deepcopy(model, shared)


def described(device: str, *what: object) -> str:
    """One line for all that a compiled model depends on: versions, the device's name, and ``what`` else."""
    name = torch.cuda.get_device_name(device) if device.startswith("cuda") else device
    return " ".join(str(part) for part in (torch.__version__, name, *what))
