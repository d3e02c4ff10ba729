"""Who may ask for which lane."""

from schemas.jobs.base import Lane
from services.gateway.accounts.sessions import Caller
from services.gateway.errors import ApiError


def check_lane(caller: Caller, lane: Lane) -> None:
    """Raises 403 for a guest on the fast lane: it is for those who signed up, whose turn a guest would take."""
    if lane is Lane.VIP and caller.user.email is None:
        raise ApiError(
            403, "lane_not_allowed", "Guests wait in the standard lane: sign up for the other one."
        )
