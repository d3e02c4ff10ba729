"""A nats-server of one test."""

from services.embedded.nats import start_nats


class OwnNats:
    """A nats-server that the test may stop and start again."""

    def __init__(self, directory):
        self._directory, self._server = directory, None

    async def start(self):
        """On the port that it had before, if it had one."""
        port = int(self.url.rsplit(":", 1)[1]) if self._server else 0
        self._server = await start_nats(self._directory / "n", self._directory, port=port)

    async def stop(self):
        await self._server.child.stop()

    @property
    def url(self):
        return self._server.url
