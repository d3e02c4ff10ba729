"""Whether an arbitrator lives and is ready, for its probes."""

from nats.aio.client import Client

from services.startup import Startup
from streams.kv.lease import Lease

#: Looks that may fail in a row before it asks to be restarted.
_FAILURES = 60


class Health:
    """``client`` and ``lease`` are None until there are some: the probes do not wait for them."""

    def __init__(self, startup: Startup) -> None:
        self._startup = startup
        self.client: Client | None = None
        self.lease: Lease | None = None
        self.failures = 0  # looks at the queue that failed in a row
        self._why = ""  # the last of them failed

    def failed(self, why: str) -> None:
        """A look at the queue did."""
        self.failures += 1
        self._why = why

    def leads(self) -> bool:
        """Whether this arbitrator is the one that steers."""
        return self.lease is not None and self.lease.held()

    def not_live(self) -> str | None:
        """Why it asks to be restarted, for /healthz."""
        if self.lease is None or max(self.failures, self.lease.failures) <= _FAILURES:
            return None
        return "the queue, or who leads, could not be read for a while"

    def not_ready(self) -> str | None:
        """For /readyz."""
        if self.client is None or self.lease is None:
            return self._startup.not_ready()
        if not self.client.is_connected or self.lease.failures:
            return "not connected"
        return self._why if self.failures else None
