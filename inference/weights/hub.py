"""One file from the hub, or a mirror of it, into its cache. A download that broke off is taken up where it was.

The hub's own client begins a file anew in each process, which does not do for several gigabytes.
"""

import os
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

from inference.weights.checksums import checksum
from proteus_client.proxies import LOOPBACK

#: Told of the bytes that are there and the bytes that the file has.
Bytes = Callable[[int, int], None]


_NOT_INSTALLED = (
    "huggingface-hub is not installed: pip install 'proteus[inference]', or pull --from a directory"
)


class PullError(Exception):
    """A file could not be had. The message names it and says what to do."""


@cache
def _begin() -> None:
    """Once, before the hub's client is used: it asks for nothing but files, and this machine without a proxy."""
    os.environ.setdefault("HF_HUB_DISABLE_TELEMETRY", "1")
    import httpx2
    from huggingface_hub import set_client_factory
    from huggingface_hub.utils._http import hf_request_event_hook

    def client() -> httpx2.Client:
        """The hub's own, but for the proxies."""
        hooks: dict[str, list[Callable[..., Any]]] = {"request": [hf_request_event_hook]}
        return httpx2.Client(event_hooks=hooks, follow_redirects=True, timeout=None, mounts=LOOPBACK)

    set_client_factory(client)


def listing(repo: str, revision: str) -> tuple[str, tuple[str, ...]]:
    """The commit that a revision is now, and the names of its files. Raises PullError."""
    try:
        _begin()
        import httpx2
        from huggingface_hub import HfApi
        from huggingface_hub.errors import HfHubHTTPError
    except ImportError:
        raise PullError(_NOT_INSTALLED) from None
    try:
        about = HfApi().model_info(repo, revision=revision, timeout=60)
    except (HfHubHTTPError, httpx2.HTTPError, OSError, ValueError) as error:
        first = next(iter(str(error).strip().splitlines()), type(error).__name__)
        raise PullError(f"{repo} at {revision[:12]}: {first}") from error
    if about.sha is None:
        raise PullError(f"{repo} at {revision}: the hub does not say which commit that is")
    return about.sha, tuple(sibling.rfilename for sibling in about.siblings or ())


def download(repo: str, name: str, revision: str, report: Bytes) -> Path:
    """The file in the cache below HF_HOME, fetched from HF_ENDPOINT if it is not there. Raises PullError."""
    try:
        _begin()
        import httpx2
        from huggingface_hub import try_to_load_from_cache
        from huggingface_hub.errors import HfHubHTTPError
    except ImportError:
        raise PullError(_NOT_INSTALLED) from None
    try:
        cached = try_to_load_from_cache(repo, name, revision=revision) if len(revision) == 40 else None
        if isinstance(cached, str) and _is_whole(Path(cached)):
            return Path(cached)
        return _fetch(repo, name, revision, report)
    except (HfHubHTTPError, httpx2.HTTPError, OSError, ValueError) as error:
        first = next(iter(str(error).strip().splitlines()), type(error).__name__)
        raise PullError(f"{repo}/{name} at {revision[:12]}: {first}") from error


def _fetch(repo: str, name: str, revision: str, report: Bytes) -> Path:
    from huggingface_hub import constants, get_hf_file_metadata, hf_hub_url
    from huggingface_hub.file_download import http_get
    from huggingface_hub.utils._headers import build_hf_headers
    from huggingface_hub.utils.tqdm import tqdm

    url = hf_hub_url(repo, name, revision=revision)
    about = get_hf_file_metadata(url)
    if about.etag is None or about.commit_hash is None or about.size is None:
        raise ValueError(f"{url} does not answer as the hub does (no ETag, X-Repo-Commit or size)")
    size = about.size
    folder = Path(constants.HF_HUB_CACHE, f"models--{repo.replace('/', '--')}")
    blob = folder / "blobs" / about.etag
    pointer = folder / "snapshots" / about.commit_hash / name
    partial = blob.with_name(f"{blob.name}.proteus.incomplete")
    blob.parent.mkdir(parents=True, exist_ok=True)

    class Bar(tqdm):
        """The hub counts bytes on a bar; this one passes them on."""

        def __init__(self, *arguments: Any, **options: Any) -> None:
            self.counted = int(options.get("initial") or 0)
            super().__init__(*arguments, **{**options, "disable": True})  # type: ignore[no-untyped-call]

        def update(self, n: float | None = 1) -> bool | None:
            self.counted += int(n or 0)
            report(self.counted, size)
            return None

    if not _is_whole(blob):
        blob.unlink(missing_ok=True)
        if partial.exists() and partial.stat().st_size > size:
            partial.unlink()
        with partial.open("ab") as file:
            begun = file.tell()
            http_get(
                url, file, resume_size=begun, headers=build_hf_headers(), expected_size=size, tqdm_class=Bar
            )
        if _is_other(partial, about.etag):
            partial.unlink()
            raise ValueError("what arrived is not what was announced; try again")
        partial.replace(blob)
    pointer.parent.mkdir(parents=True, exist_ok=True)
    pointer.unlink(missing_ok=True)
    pointer.symlink_to(os.path.relpath(blob, pointer.parent))
    return pointer


def _is_whole(path: Path) -> bool:
    """Whether a cached file is there and, where its name is its checksum, unchanged."""
    blob = path.resolve()
    return blob.is_file() and not _is_other(blob, blob.name)


def _is_other(path: Path, etag: str) -> bool:
    """Large files are named by their SHA-256; small ones by a checksum of git's, which is not looked at."""
    return len(etag) == 64 and checksum(path) != etag
