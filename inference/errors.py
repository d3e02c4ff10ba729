"""Why an item of a batch failed, in the user's words; and faults of the machine."""


class PictureError(Exception):
    """The picture is at fault: trying again cannot help. ``code`` is stable, ``message`` is for the user."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


class EngineFault(Exception):
    """The machine is at fault: another try, or another worker, may succeed."""


class EngineFatal(EngineFault):
    """The device is in a state that only a new process gets out of, such as after a CUDA fault."""


class EngineUnavailable(Exception):
    """The engine cannot start here: weights missing, licence not accepted, no device. Says what to do."""
