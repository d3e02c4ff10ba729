"""The route that fetches a picture by its address, where the operator lets it."""

from fastapi import APIRouter, Depends, Request

from schemas.api.images import FetchedPicture, FetchWanted
from schemas.objects import upload_key
from services.gateway.accounts.metering import metered
from services.gateway.accounts.passwords import address_of
from services.gateway.accounts.sessions import SignedIn
from services.gateway.dependencies import Settings, Store
from services.gateway.errors import ApiError, responses
from services.gateway.limits.token_bucket import Bucket, take
from services.gateway.parts import parts_of

router = APIRouter(prefix="/images", tags=["images"], dependencies=[Depends(metered)])

#: Guests are many users, and one address.
OF_ADDRESS = Bucket("fetch-address", 60, 2.0, "rate_limited", "pictures by their address")
OF_USER = Bucket("fetch-user", 20, 3.0, "rate_limited", "pictures by their address")
_MOST_MEGABYTES = 20


@router.post("/fetch", status_code=201, responses=responses(401, 403))
async def fetch_picture(
    request: Request, body: FetchWanted, caller: SignedIn, objects: Store, settings: Settings
) -> FetchedPicture:
    """Fetch a picture from a public server, for a page whose browser may not read it itself."""
    if not settings.fetch_pictures:
        raise ApiError(
            403, "fetch_not_allowed", "Pictures are not fetched here: save it and upload the file."
        )
    for bucket, whose in ((OF_ADDRESS, address_of(request)), (OF_USER, caller.id)):
        await take(parts_of(request).pool, bucket, whose)
    fetcher = parts_of(request).fetcher
    most = min(_MOST_MEGABYTES, settings.max_upload_mb) * 2**20
    picture, kind = await fetcher.fetch(body.url, most)
    content_type = f"image/{kind}"
    key = upload_key(caller.id, content_type)
    await objects.put(key, picture, content_type)
    url = await objects.presign_get(key, settings.url_seconds)
    return FetchedPicture(key=key, url=url, expires_in=settings.url_seconds)
