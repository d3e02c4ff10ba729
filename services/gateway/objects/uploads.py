"""Routes for presigned URLs. No picture passes here: browsers talk to the object store."""

from fastapi import APIRouter, Depends

from schemas.api.images import DownloadTicket, DownloadWanted, UploadTicket, UploadWanted
from schemas.objects import EXTENSIONS, upload_key
from schemas.pictures import picture_type
from services.gateway.accounts.metering import metered
from services.gateway.accounts.sessions import SignedIn
from services.gateway.dependencies import Settings, Store
from services.gateway.errors import ApiError, responses
from services.gateway.objects.keys import check_keys

router = APIRouter(prefix="/images", tags=["images"], dependencies=[Depends(metered)])


@router.post("/presignedUploadUrl", responses=responses(401, 403, 413, 415))
async def create_upload_url(
    body: UploadWanted, caller: SignedIn, objects: Store, settings: Settings
) -> UploadTicket:
    """Where to PUT a picture. The type, and the size when given, are part of the signature."""
    content_type = picture_type(body.fileType)
    if content_type is None:
        accepted = ", ".join(EXTENSIONS)
        raise ApiError(415, "type_not_supported", f"Only pictures are accepted: {accepted}.")
    if body.fileSize is not None and body.fileSize > settings.max_upload_mb * 2**20:
        raise ApiError(413, "picture_too_large", f"At most {settings.max_upload_mb} MB are accepted.")
    key = upload_key(caller.id, content_type)
    seconds = settings.url_seconds
    url = await objects.presign_put(key, content_type, seconds, body.fileSize)
    headers = {"Content-Type": content_type}
    return UploadTicket(method="PUT", url=url, headers=headers, key=key, expires_in=seconds)


@router.post("/presignedDownloadUrl", responses=responses(401, 403, 404, 413))
async def create_download_url(
    body: DownloadWanted, caller: SignedIn, objects: Store, settings: Settings
) -> DownloadTicket:
    """Where to GET a picture of one's own."""
    await check_keys(objects, caller, body.key)
    url = await objects.presign_get(body.key, settings.url_seconds)
    return DownloadTicket(url=url, expires_in=settings.url_seconds)
