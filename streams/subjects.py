"""Every subject that is not a job kind's own (those derive from its SPEC), said once."""

RESULTS = "results"
EVENTS = "events"
LIVE = "live"
DEADLETTERS = "deadletters"

#: Header of a request that is published anew: how many attempts its job had before.
ATTEMPTS = "Proteus-Attempts"

#: Core subject: the gateway tells workers that a job is cancelled. Not stored; the row is the truth.
CANCELLATIONS = "cancellations"


def result(user_id: str, job_id: str) -> str:
    """Where a worker says how a job goes."""
    return f"{RESULTS}.{user_id}.{job_id}"


def event(user_id: str) -> str:
    """Where the ledger tells a user's sockets; stored, and republished to ``live_event``."""
    return f"{EVENTS}.{user_id}"


def live_event(user_id: str) -> str:
    """Where the EVENTS stream republishes ``event``, with the sequence in a header."""
    return f"{LIVE}.{EVENTS}.{user_id}"


def progress(user_id: str) -> str:
    """Where a worker says how far a job is; not stored."""
    return f"{LIVE}.progress.{user_id}"


def dead_letter(stream: str, consumer: str) -> str:
    """Where messages go that will not be tried again."""
    return f"{DEADLETTERS}.{stream}.{consumer}"


def key_changes(bucket: str) -> str:
    """Core subject of every change to a KV bucket's keys."""
    return f"$KV.{bucket}.>"


def covers(pattern: str, subject: str) -> bool:
    """Whether a subscription to ``pattern`` gets all that is published on ``subject``, which may have wildcards too."""
    wanted, given = pattern.split("."), subject.split(".")
    if wanted[-1] == ">" and len(given) >= len(wanted):
        wanted, given = wanted[:-1], given[: len(wanted) - 1]
    return len(wanted) == len(given) and all(
        one in ("*", other) for one, other in zip(wanted, given, strict=True)
    )
