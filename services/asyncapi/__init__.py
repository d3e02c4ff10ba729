"""The AsyncAPI document: every message on NATS, and the socket that tells a user how their jobs go."""
