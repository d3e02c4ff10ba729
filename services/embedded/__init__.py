"""Real servers from PyPI wheels, run as child processes: nats-server, SeaweedFS, PostgreSQL."""
