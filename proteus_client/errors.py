"""What can go wrong, with the code that docs/errors.md explains."""


class ProteusError(Exception):
    """A request was refused. ``status`` is HTTP's; ``request_id`` stands in the server's log."""

    def __init__(self, status: int, code: str, detail: str, request_id: str | None = None) -> None:
        super().__init__(detail)
        self.status, self.code, self.detail, self.request_id = status, code, detail, request_id


class JobFailed(Exception):
    """A job failed or was cancelled; the message is for its user."""

    def __init__(self, job_id: str, code: str, message: str) -> None:
        super().__init__(message)
        self.job_id, self.code, self.message = job_id, code, message
