"""Pools: the processes that run jobs. Each is a command, a NATS user and a stream; which kinds it serves, they say."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Pool:
    """``name`` is the command's, the NATS user's and, in front of a kind's, the consumer's."""

    name: str
    stream: str
    subject: str  # of requests: a kind adds its name, unless it says otherwise
    help: str


WEAVER = Pool("weaver", "TRYON", "tryon.requests", "Run a weaver: try-ons, in batches.")
TAILOR = Pool("tailor", "TAILOR", "tailor.requests", "Run a tailor: garment cut-outs.")
FITTER = Pool("fitter", "FITTING", "fitting.requests", "Run a fitter: every kind of job that needs no GPU.")
#: Every pool, whether a kind of this version runs in it or not.
POOLS = (WEAVER, TAILOR, FITTER)
