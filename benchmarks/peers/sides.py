"""Every side of the comparison, in the order of the tables."""

from benchmarks.peers.celery.side import CELERY, CELERY_LATE
from benchmarks.peers.litserve.side import LITSERVE
from benchmarks.peers.proteus.side import PROTEUS
from benchmarks.peers.side import Side
from benchmarks.peers.taskiq.side import TASKIQ

#: By name. To add one: a `Side` in a file of its own, whose client speaks `client.py`, and its line here.
SIDES: dict[str, Side] = {side.name: side for side in (PROTEUS, CELERY, CELERY_LATE, LITSERVE, TASKIQ)}
