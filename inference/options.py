"""What operators may tell engines. Each engine declares its own Options, of these and of fields of its own.

A field is an environment variable, ``PROTEUS_`` and its name in capitals; the service reads it. One name means one
thing, whichever engines take it.
"""

from pathlib import Path
from typing import Annotated, Literal, Protocol, TypeVar

from pydantic import BaseModel, BeforeValidator, Field


def _listed(value: object) -> object:
    """The environment has texts alone."""
    return [part.strip() for part in value.split(",") if part.strip()] if isinstance(value, str) else value


class Options(BaseModel, frozen=True):
    """Of an engine that takes none."""


class CpuOptions(Options):
    """Of engines that compute on the CPU."""

    cpu_threads: int | None = Field(
        None,
        ge=1,
        description="CPU threads of an engine; all cores when left out, so set it where workers share a machine.",
    )


class WeightsOptions(Options):
    """Of engines with weights."""

    weights_dir: Path | None = Field(
        None, description="Where model weights lie; in your data directory when left out."
    )
    allow_licenses: Annotated[frozenset[str], BeforeValidator(_listed)] = Field(
        frozenset(),
        description="Licence classes of weights that you accept, separated by commas: noncommercial, …",
    )


class DeviceOptions(WeightsOptions, CpuOptions):
    """Of engines whose networks run on a GPU or a CPU."""

    device: str | None = Field(None, description="cuda, cuda:1, cpu; chosen when left out.")


class NumbersOptions(DeviceOptions):
    """Of engines whose numbers can be told."""

    dtype: Literal["bf16", "fp16", "fp32"] | None = Field(
        None,
        description="A GPU's numbers: bf16, fp32, for CatVTON fp16 (with an fp32 VAE), too; chosen when left out.",
    )


class DiffusionOptions(NumbersOptions):
    """Of diffusion models of our own."""

    compile: Literal["off", "regional", "full"] = Field(
        "off",
        description="torch.compile on a GPU, while jobs already run: off, regional (each block), full (the network "
        "whole; slower to compile).",
    )


Told = TypeVar("Told", bound=Options)


class Reader(Protocol):
    """Gives an engine the options that it declares. Raises what its source raises: a value that is none."""

    def __call__(self, options: type[Told], /) -> Told: ...
