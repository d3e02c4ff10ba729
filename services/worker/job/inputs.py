"""The pictures that a job names: read within their bound, and decoded."""

from PIL import Image

from inference.errors import PictureError
from schemas.objects import is_upload
from services.observability.tracing import span
from services.storage import ObjectMissing, ObjectTooLarge
from services.worker.context import KindContext

#: Files that are larger are read one at a time.
_LARGE_BYTES = 8 * 2**20


class Inputs:
    """Of one job. ``decoded`` is the bytes that its pictures take once they are decoded."""

    def __init__(self, context: KindContext) -> None:
        self._context = context
        self.decoded = 0

    async def fetch(self, key: str, name: str) -> Image.Image:
        """The picture under ``key``, which its user knows as ``name``. Raises PictureError and StoreUnavailable."""
        context = self._context
        try:
            try:
                return await self._read(key, name, min(_LARGE_BYTES, context.max_bytes))
            except ObjectTooLarge:
                async with context.one_large:
                    return await self._read(key, name, context.max_bytes)
        except PictureError as error:
            raise PictureError(error.code, f"The {name}: {error.message}") from error
        except ObjectMissing:
            raise PictureError(
                "picture_missing", f"The {name} is no longer there: upload it again."
            ) from None
        except ObjectTooLarge:
            limit = context.max_bytes // 2**20
            raise PictureError("picture_too_large", f"The {name} is larger than {limit} MB.") from None

    async def _read(self, key: str, name: str, most: int) -> Image.Image:
        with span(f"download {name}"):
            data = await self._context.store.get(key, most)
        with span(f"decode {name}"):
            picture = await self._context.decode(data, not is_upload(key))
        self.decoded += 4 * picture.width * picture.height
        return picture
