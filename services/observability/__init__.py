"""Logs and spans: what a service tells its operator, and what it keeps to itself."""
