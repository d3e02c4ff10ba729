"""The token that says of its sender that the job's request was handed to it: any replica can tell it from a guess."""

import hmac
import json
from base64 import urlsafe_b64encode
from hashlib import sha256

from schemas.jobs.base import JobMessage

#: Nothing else that is signed with the secret begins so: a JWT begins with its header in base64.
_PURPOSE = "proteus:task"


class TaskTokens:
    """Makes and knows them: an HMAC of whose job it is. ``secret`` is the one of the gateway's other tokens."""

    def __init__(self, secret: str) -> None:
        self._secret = secret.encode()

    def of(self, job_id: str, kind: str, user_id: str, vton_id: str | None) -> str:
        """The token of this job: 43 letters."""
        about = json.dumps([_PURPOSE, job_id, kind, user_id, vton_id]).encode()
        return urlsafe_b64encode(hmac.digest(self._secret, about, sha256)).decode().rstrip("=")

    def vouch(self, said: JobMessage) -> bool:
        """Whether the message carries the token of the job that it is about, without a look at the job's row."""
        right = self.of(said.job_id, said.job_type, said.user_id, said.vton_id)
        return hmac.compare_digest(right.encode(), (said.task_token or "").encode())
