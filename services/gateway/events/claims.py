"""For how long a message is its writer's to publish."""

from datetime import timedelta

CLAIM = timedelta(seconds=3)
