"""``--data-dir`` of every command: which `proteus up` it is about, and where weights lie."""

import functools
import inspect
import os
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any

import typer

from services.running import DATA_DIR_VARIABLE

_NAME = "data_dir"


def _remember(value: Path | None) -> Path | None:
    """In the environment, where settings and the processes that are started look for it."""
    if value is not None:
        os.environ[DATA_DIR_VARIABLE] = str(value.expanduser().resolve())
    return value


DataDir = Annotated[
    Path | None,
    typer.Option(
        "--data-dir",
        metavar="DIR",
        envvar=DATA_DIR_VARIABLE,
        show_envvar=True,
        callback=_remember,
        help="Where `proteus up` keeps data, logs, secrets and weights, and others find it.",
    ),
]


def give_option(app: typer.Typer) -> None:
    """To each command of ``app`` and of the groups in it."""
    for command in app.registered_commands:
        assert command.callback is not None
        command.callback = _with_option(command.callback)
    for group in app.registered_groups:
        assert group.typer_instance is not None
        give_option(group.typer_instance)


def _with_option(command: Callable[..., Any]) -> Callable[..., Any]:
    """The same command, whose signature says that there is one more option."""

    @functools.wraps(command)
    def run(*arguments: Any, **options: Any) -> Any:
        options.pop(_NAME)
        return command(*arguments, **options)

    known = inspect.signature(command, eval_str=True)
    option = inspect.Parameter(_NAME, inspect.Parameter.KEYWORD_ONLY, default=None, annotation=DataDir)
    run.__signature__ = known.replace(parameters=[*known.parameters.values(), option])  # type: ignore[attr-defined]
    return run
