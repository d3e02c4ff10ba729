"""One journey with the client that OpenAPI Generator makes for Python."""

import json
import sys
import time
import urllib.request
from pathlib import Path

import proteus_generated as generated

URL, *PICTURES = sys.argv[1:]


def code(call) -> str:
    try:
        call()
    except generated.ApiException as error:
        return error.data.code
    raise AssertionError("it was not refused")


def put(images, path: str) -> str:
    ticket = images.create_upload_url(generated.UploadWanted(fileName="a.jpg", fileType="image/jpeg"))
    request = urllib.request.Request(
        ticket.url, Path(path).read_bytes(), ticket.headers, method=ticket.method
    )
    urllib.request.urlopen(request).close()
    return ticket.key


settings = generated.Configuration(host=URL)
with generated.ApiClient(settings) as client:
    guest = generated.Body(generated.GuestEntry(guest=True))
    settings.access_token = generated.UserApi(client).create_token(guest).access_token
    images, jobs = generated.ImagesApi(client), generated.JobsApi(client)
    person, garment = (put(images, path) for path in PICTURES)
    asked = jobs.create_try_on(generated.TryOnBody(user_snap_s3=person, uncleaned_outfit_s3=garment))
    while (job := jobs.get_job(asked.job_id)).finished_at is None:
        time.sleep(0.3)
    ticket = images.create_download_url(generated.DownloadWanted(key=job.result_s3_key))
    with urllib.request.urlopen(ticket.url) as answer:
        picture = answer.read()
    text = generated.UploadWanted.model_construct(file_name="a.txt", file_type="text/plain")
    told = {
        "status": job.status,
        "width": job.result.actual_instance.width,
        "bytes": len(picture),
        "rejected": code(lambda: images.create_upload_url(text)),
        "missing": code(lambda: jobs.get_job("job_of_nobody")),
    }
    print(json.dumps(told))
