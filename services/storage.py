"""The object store: put, get, delete and presign, on any S3."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from functools import cache, partial
from typing import Any

from aiobotocore.config import AioConfig
from aiobotocore.session import AioSession, get_session
from aiohttp import ClientError as HttpError
from botocore.exceptions import BotoCoreError, ClientError

from proteus_client.proxies import proxy_of
from schemas.objects import EVERYONE, content_type
from services.held import check_none_held
from services.settings import StorageSettings
from services.storage_errors import DENIED, explained, lacks
from services.transfer import CONNECT_SECONDS, READ_SECONDS, Transfer, open_transfer, trusted

_DELETED_AT_ONCE = 16
#: Of a user whom nobody is: should it be left, it goes as strangers' objects do.
_NOBODYS = "users/00000000-0000-0000-0000-000000000000/uploads/permissions.jpg"


class StoreUnavailable(Exception):
    """The object store did not answer, or answered with a fault of its own: try again later."""


class ObjectMissing(Exception):
    """There is no object of that key."""


class ObjectTooLarge(Exception):
    """The object is larger than the reader accepts."""


@dataclass(frozen=True)
class ObjectStore:
    """One bucket. ``_public`` signs URLs for the address that browsers reach; it never connects."""

    _transfer: Transfer
    _client: Any
    _public: Any
    _bucket: str

    async def put(self, key: str, body: bytes, content_type: str) -> None:
        """Write an object whole, replacing what was there."""
        with _faults():
            await self._transfer.put(key, body, content_type)

    async def get(self, key: str, max_bytes: int) -> bytes:
        """Read an object whole. Raises ObjectMissing, or ObjectTooLarge past ``max_bytes``."""
        with _faults():
            async with self._transfer.get(key) as answer:
                if answer.content_length is None:
                    raise StoreUnavailable(f"{key}: an answer without a length")
                if answer.content_length > max_bytes:
                    raise ObjectTooLarge(key)
                return await answer.read()

    async def size(self, key: str) -> int | None:
        """How many bytes the object of that key has; None when there is none."""
        try:
            with _faults():
                head = await self._client.head_object(Bucket=self._bucket, Key=key)
        except ObjectMissing:
            return None
        return int(head["ContentLength"])

    async def exists(self, key: str) -> bool:
        """Whether there is an object of that key."""
        return await self.size(key) is not None

    async def delete(self, key: str) -> None:
        """Remove an object; nothing happens when it is not there."""
        with _faults():
            await self._client.delete_object(Bucket=self._bucket, Key=key)

    async def keys(
        self, prefix: str, before: datetime | None = None, above: int | None = None
    ) -> AsyncIterator[str]:
        """The key of every object below ``prefix``; where they are given, of those alone that are older than ``before``
        and have more bytes than ``above``.
        """
        with _faults():
            pages = self._client.get_paginator("list_objects_v2").paginate(Bucket=self._bucket, Prefix=prefix)
            async for page in pages:
                for item in page.get("Contents", ()):
                    if before is not None and item["LastModified"] >= before:
                        continue
                    if above is None or item["Size"] > above:
                        yield item["Key"]

    async def folders(self, prefix: str) -> AsyncIterator[str]:
        """Every prefix one folder below ``prefix``, itself a folder."""
        with _faults():
            pages = self._client.get_paginator("list_objects_v2").paginate(
                Bucket=self._bucket, Prefix=prefix, Delimiter="/"
            )
            async for page in pages:
                for item in page.get("CommonPrefixes", ()):
                    yield item["Prefix"]

    async def delete_prefix(self, prefix: str) -> int:
        """Remove every object below ``prefix``; says how many there were."""
        count = 0
        with _faults():
            pages = self._client.get_paginator("list_objects_v2").paginate(Bucket=self._bucket, Prefix=prefix)
            async for page in pages:
                keys = [item["Key"] for item in page.get("Contents", ())]
                # One by one, since not every S3 removes many in one request.
                for start in range(0, len(keys), _DELETED_AT_ONCE):
                    some = keys[start : start + _DELETED_AT_ONCE]
                    await asyncio.gather(
                        *(self._client.delete_object(Bucket=self._bucket, Key=key) for key in some)
                    )
                count += len(keys)
        return count

    async def presign_put(self, key: str, content_type: str, expires_in: int, size: int | None) -> str:
        """A URL that takes PUTs of ``content_type`` and of exactly ``size`` bytes, or of any where that is None."""
        params: dict[str, Any] = {"Bucket": self._bucket, "Key": key, "ContentType": content_type}
        if size is not None:
            params["ContentLength"] = size
        return str(await self._public.generate_presigned_url("put_object", params, ExpiresIn=expires_in))

    async def presign_get(self, key: str, expires_in: int) -> str:
        """A URL that reads the object: as a file to keep, of the type its name says, so never run as a page."""
        name = key.rpartition("/")[2]
        params = {
            "Bucket": self._bucket,
            "Key": key,
            "ResponseContentDisposition": f'attachment; filename="{name}"',
            "ResponseContentType": content_type(key),
        }
        return str(await self._public.generate_presigned_url("get_object", params, ExpiresIn=expires_in))

    async def ping(self) -> None:
        """Raises StoreUnavailable unless the bucket answers."""
        with _faults():
            try:
                await self._client.head_bucket(Bucket=self._bucket)
            except ClientError:
                await self._look()  # its refusal says why, which that of a HEAD cannot
                raise

    async def missing_permissions(self) -> list[str]:
        """What the key may not do, found by doing it to an object of nobody's. Raises StoreUnavailable for the rest."""
        tries: dict[str, Callable[[], Awaitable[object]]] = {
            "s3:ListBucket": self._look,
            "s3:PutObject": partial(self._transfer.put, _NOBODYS, b"", "image/jpeg"),
            "s3:GetObject": self._read_nobodys,
            "s3:DeleteObject": partial(self._client.delete_object, Bucket=self._bucket, Key=_NOBODYS),
        }
        missing = []
        with _faults():
            for permission, attempt in tries.items():
                try:
                    await attempt()
                except ClientError as error:
                    if error.response["Error"]["Code"] not in DENIED:
                        raise
                    missing.append(permission)
        return missing

    async def _look(self) -> None:
        await self._client.list_objects_v2(Bucket=self._bucket, Prefix=EVERYONE, MaxKeys=1)

    async def _read_nobodys(self) -> None:
        with suppress(self._client.exceptions.NoSuchKey):  # it could not be written
            async with self._transfer.get(_NOBODYS):
                return

    async def provision(self, origins: list[str]) -> None:
        """Make the bucket, and let browsers of ``origins`` put to and get from it. Safe to repeat."""
        with _faults():
            await self._make_bucket()
            rule = {
                "AllowedOrigins": origins,
                "AllowedMethods": ["GET", "PUT", "POST", "HEAD"],
                "AllowedHeaders": ["*"],
                "ExposeHeaders": ["ETag"],
                "MaxAgeSeconds": 3600,
            }
            try:
                await self._client.put_bucket_cors(
                    Bucket=self._bucket, CORSConfiguration={"CORSRules": [rule]}
                )
            except ClientError as error:
                if error.response["Error"]["Code"] not in DENIED:
                    raise
                raise StoreUnavailable(lacks("s3:PutBucketCORS", "set the bucket's CORS")) from error
        if missing := await self.missing_permissions():
            raise StoreUnavailable(lacks(", ".join(missing), "do all that the services do"))

    async def _make_bucket(self) -> None:
        """Where its region is; one that is there may be another's to make."""
        region = self._client.meta.region_name
        more = {} if region == "us-east-1" else {"CreateBucketConfiguration": {"LocationConstraint": region}}
        try:
            await self._client.create_bucket(Bucket=self._bucket, **more)
        except ClientError as error:
            code = error.response["Error"]["Code"]
            if code in ("BucketAlreadyOwnedByYou", "BucketAlreadyExists"):
                return
            if code not in DENIED:
                raise
            try:
                await self._client.head_bucket(Bucket=self._bucket)
            except ClientError:
                raise StoreUnavailable(lacks("s3:CreateBucket", f"make {self._bucket}")) from error


class _faults:  # noqa: N801  reads as a statement: with _faults()
    """Turns the client library's many errors into the three above. No connection to the database waits for it."""

    def __enter__(self) -> None:
        check_none_held("the object store")

    def __exit__(self, _type: object, error: BaseException | None, _traceback: object) -> None:
        if isinstance(error, ClientError):
            if error.response["Error"]["Code"] in ("404", "NoSuchKey", "NotFound"):
                raise ObjectMissing from error
            raise StoreUnavailable(explained(error)) from error
        if isinstance(error, BotoCoreError | HttpError | TimeoutError | OSError):
            raise StoreUnavailable(str(error) or type(error).__name__) from error


@cache
def _session() -> AioSession:
    """Made once: it reads the descriptions of every service, which takes a quarter of a second."""
    return get_session()


@asynccontextmanager
async def open_store(settings: StorageSettings) -> AsyncIterator[ObjectStore]:
    """A store, open for as long as the context is."""
    proxy = proxy_of(settings.s3_endpoint_url)
    config = AioConfig(
        proxies={"http": proxy, "https": proxy} if proxy else {},
        signature_version="s3v4",
        user_agent="proteus",  # the client's own tells of the machine, and is put together anew for each request
        s3={"addressing_style": settings.s3_addressing_style},
        connect_timeout=CONNECT_SECONDS,
        read_timeout=READ_SECONDS,
        retries={"mode": "standard", "max_attempts": 2},
        # Newer defaults add checksums that presigned uploads from a browser cannot compute.
        request_checksum_calculation="when_required",
        response_checksum_validation="when_required",
    )
    session = _session()

    def client(endpoint: str) -> Any:
        return session.create_client(
            "s3",
            endpoint_url=endpoint,
            region_name=settings.s3_region,
            aws_access_key_id=settings.aws_access_key_id,
            aws_secret_access_key=settings.aws_secret_access_key.get_secret_value(),
            config=config,
            verify=trusted(session),
        )

    async with AsyncExitStack() as stack:
        transfer = await stack.enter_async_context(open_transfer(session, settings))
        inside = outside = await stack.enter_async_context(client(settings.s3_endpoint_url))
        if settings.s3_public_endpoint_url:
            outside = await stack.enter_async_context(client(settings.s3_public_endpoint_url))
        yield ObjectStore(transfer, inside, outside, settings.s3_bucket)
