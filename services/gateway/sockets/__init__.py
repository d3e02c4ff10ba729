"""WebSockets: each user's events."""
