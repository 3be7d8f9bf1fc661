"""The package index: releases and their dates, from the simple API in its JSON form, kept on disk for a while."""

import asyncio
import os
import re
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urljoin

import msgspec
from packaging.utils import (
    InvalidSdistFilename,
    InvalidWheelFilename,
    canonicalize_name,
    parse_sdist_filename,
    parse_wheel_filename,
)

from interlock.core.release import Release

if TYPE_CHECKING:
    import httpx

DEFAULT = "https://pypi.org/simple/"
JSON = "application/vnd.pypi.simple.v1+json"
FRESH = 24 * 3600.0
LARGEST = 64_000_000
_NAME = re.compile(r"^[a-z0-9](?:[a-z0-9-]{0,98}[a-z0-9])?$")
_releases = msgspec.json.Decoder(tuple[Release, ...])


class PackageIndex:
    """Releases by package. `folder` keeps what was read, `fresh` seconds long; after that it serves while offline."""

    def __init__(
        self,
        folder: Path,
        *,
        url: str = DEFAULT,
        timeout: float = 10.0,
        fresh: float = FRESH,
        transport: "httpx.AsyncBaseTransport | None" = None,
    ) -> None:
        self._folder = folder
        self._url = url.rstrip("/") + "/"
        self._timeout = timeout
        self._fresh = fresh
        self._transport = transport

    async def releases(self, package: str) -> Sequence[Release]:
        """All releases of a package, oldest upload first; none for an unknown one. Raises LookupError when offline."""
        name = canonicalize_name(package)
        if not _NAME.match(name):
            return ()
        kept = await asyncio.to_thread(self._kept, name)
        if kept and kept[0] < self._fresh:
            return kept[1]
        try:
            found = await self._fetch(name)
        except (OSError, ValueError) as problem:
            if kept:
                return kept[1]
            raise LookupError(f"`{self._url}`: {problem}") from problem
        await asyncio.to_thread(self._keep, name, found)
        return found

    async def _fetch(self, name: str) -> tuple[Release, ...]:
        """Raises ConnectionError and ValueError."""
        # loaded when it is asked: most sessions need no index, and a quarter of a second is felt
        import httpx

        try:
            async with httpx.AsyncClient(
                timeout=self._timeout, follow_redirects=True, transport=self._transport, headers={"Accept": JSON}
            ) as client:
                answer = await client.get(urljoin(self._url, f"{name}/"))
            if answer.status_code == httpx.codes.NOT_FOUND:
                return ()
            answer.raise_for_status()
        except httpx.HTTPError as problem:
            raise ConnectionError(str(problem) or type(problem).__name__) from problem
        if len(answer.content) > LARGEST:
            raise ValueError(f"the page of `{name}` is larger than {LARGEST} bytes")
        return releases_of(msgspec.json.decode(answer.content))

    def _place(self, name: str) -> Path:
        return self._folder / f"{name}.json"

    def _kept(self, name: str) -> tuple[float, tuple[Release, ...]] | None:
        try:
            file = self._place(name)
            return time.time() - file.stat().st_mtime, _releases.decode(file.read_bytes())
        except (OSError, msgspec.DecodeError):
            return None

    def _keep(self, name: str, found: tuple[Release, ...]) -> None:
        """Keeping is a convenience: where the folder can't be written, the next question asks the index again."""
        beside = self._folder / f".{name}.{os.getpid()}"
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            beside.write_bytes(msgspec.json.encode(found))
            beside.replace(self._place(name))
        except OSError:
            with suppress(OSError):
                beside.unlink()


def index_url(environment: Mapping[str, str]) -> str:
    """The index that uv and pip would use here."""
    names = ("UV_DEFAULT_INDEX", "UV_INDEX_URL", "PIP_INDEX_URL")
    return next((environment[name] for name in names if environment.get(name)), DEFAULT)


def releases_of(page: Any) -> tuple[Release, ...]:
    """The releases that a project page of the simple API lists. Raises ValueError when it is none."""
    if not isinstance(page, Mapping) or not isinstance(page.get("files"), list):
        raise ValueError("the index does not speak the simple API's JSON form")
    found: dict[str, Release] = {}
    for file in page["files"]:
        version, uploaded = _version(str(file.get("filename", ""))), _seconds(file.get("upload-time"))
        if version is None or uploaded is None:
            continue
        before = found.get(version)
        found[version] = Release(
            version=version,
            uploaded=min(uploaded, before.uploaded) if before else uploaded,
            requires_python=str(file.get("requires-python") or ""),
            yanked=bool(file.get("yanked")) and (before is None or before.yanked),
        )
    return tuple(sorted(found.values(), key=lambda release: release.uploaded))


def _version(filename: str) -> str | None:
    try:
        if filename.endswith(".whl"):
            return str(parse_wheel_filename(filename)[1])
        return str(parse_sdist_filename(filename)[1])
    except (InvalidWheelFilename, InvalidSdistFilename):
        return None


def _seconds(text: object) -> float | None:
    try:
        return datetime.fromisoformat(str(text)).timestamp()
    except ValueError:
        return None
