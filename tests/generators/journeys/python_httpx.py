"""One journey with the client that openapi-python-client makes."""

import json
import sys
import time
from pathlib import Path

import httpx
from proteus_client.api.images import create_download_url, create_upload_url
from proteus_client.api.jobs import create_try_on, get_job
from proteus_client.api.user import create_token

from proteus_client import AuthenticatedClient, Client
from proteus_client.models import DownloadWanted, GuestEntry, TryOnBody, UploadWanted

URL, *PICTURES = sys.argv[1:]


def put(client: AuthenticatedClient, path: str) -> str:
    wanted = UploadWanted(file_name="a.jpg", file_type="image/jpeg")
    ticket = create_upload_url.sync(client=client, body=wanted)
    sent = httpx.request(
        ticket.method,
        ticket.url,
        headers=ticket.headers.additional_properties,
        content=Path(path).read_bytes(),
    )
    sent.raise_for_status()
    return ticket.key


pair = create_token.sync(client=Client(URL), body=GuestEntry(guest=True))
with AuthenticatedClient(URL, token=pair.access_token) as client:
    person, garment = (put(client, path) for path in PICTURES)
    asked = create_try_on.sync(
        client=client, body=TryOnBody(user_snap_s3=person, uncleaned_outfit_s3=garment)
    )
    while (job := get_job.sync(asked.job_id, client=client)).finished_at is None:
        time.sleep(0.3)
    ticket = create_download_url.sync(client=client, body=DownloadWanted(key=job.result_s3_key))
    picture = httpx.get(ticket.url).raise_for_status().content
    text = UploadWanted(file_name="a.txt", file_type="text/plain")
    told = {
        "status": job.status,
        "width": job.result.width,
        "bytes": len(picture),
        "rejected": create_upload_url.sync(client=client, body=text).code,
        "missing": get_job.sync("job_of_nobody", client=client).code,
    }
    print(json.dumps(told))
