"""Telling people: the terminal's bell, the desktop, and through Apprise e-mail, chats and webhooks."""

import asyncio
import os
import re
import shutil
from typing import Any
from urllib.parse import unquote

from interlock.core.channels import BELL, DESKTOP
from interlock.ports import NotTold

TIMEOUT = 30.0


class Notify:
    """Implements `Notifier`. `terminal` is the device whose bell rings; None where there is no terminal."""

    def __init__(self, terminal: str | None = None) -> None:
        self._terminal = terminal

    def problem(self, address: str) -> str | None:
        """What is wrong with an address, without showing it; None when it can be told."""
        if address == BELL:
            return None
        if address == DESKTOP:
            return None if shutil.which("notify-send") else "`notify-send` is missing; install libnotify's tools"
        if _service(address) is None:
            scheme = address.partition("://")[0]
            return f"`{scheme}://…` is no address that Apprise understands; its page on `{scheme}` has the form"
        return None

    async def tell(self, address: str, title: str, body: str) -> None:
        """Tell it once. Raises NotTold, without a word of the address."""
        match address:
            case "bell":
                await asyncio.to_thread(self._ring)
            case "desktop":
                await _on_desktop(title, body)
            case _:
                await _send(address, title, body)

    def _ring(self) -> None:
        if self._terminal is None:
            raise NotTold("no terminal was open to ring the bell of")
        try:
            descriptor = os.open(self._terminal, os.O_WRONLY | os.O_NOCTTY | os.O_NONBLOCK)
        except OSError as problem:
            raise NotTold(f"the terminal is gone ({problem.strerror})") from problem
        try:
            os.write(descriptor, b"\a")
        except OSError as problem:
            raise NotTold(f"the terminal takes no bell ({problem.strerror})") from problem
        finally:
            os.close(descriptor)


async def _on_desktop(title: str, body: str) -> None:
    # after `--` no text can be taken for an option
    words = ("--app-name=Interlock", "--", title, body)
    try:
        shown = await asyncio.create_subprocess_exec(
            "notify-send", *words, stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.DEVNULL,
        )  # fmt: skip
    except OSError as problem:
        raise NotTold(f"`notify-send` can't be run ({problem.strerror})") from problem
    try:
        code = await asyncio.wait_for(shown.wait(), TIMEOUT)
    except TimeoutError:
        shown.kill()
        await shown.wait()
        raise NotTold(f"`notify-send` did not end within {TIMEOUT:.0f} s") from None
    if code:
        raise NotTold(f"`notify-send` ended with {code}; is a desktop running?")


async def _send(address: str, title: str, body: str) -> None:
    import apprise

    service = _service(address)
    if service is None:
        raise NotTold("the address is none that Apprise understands; set it again")
    letters = apprise.Apprise(asset=_asset())
    letters.add(service)
    told = await letters.async_notify(title=title, body=body, body_format="text", timeout=TIMEOUT)
    if not told:
        said = "; ".join(dict.fromkeys(entry.message for entry in told.logs() if entry.level in ("WARNING", "ERROR")))
        raise NotTold(_without(address, said) or "it was not taken, and nothing says why")


def _service(address: str) -> Any:
    """What Apprise makes of an address; None for nothing. Its import takes half a second, so only who tells pays it."""
    import apprise

    return apprise.Apprise.instantiate(address, asset=_asset())


def _asset() -> Any:
    import apprise

    return apprise.AppriseAsset(
        app_id="Interlock", app_desc="Interlock", app_url="", image_url_mask="", image_url_logo=""
    )


def _without(address: str, said: str) -> str:
    """What was said, on one line and without any piece of the address: tokens can stand where a host would."""
    pieces = re.split(r"[/:@?&=,;+]", address.partition("://")[2])
    for piece in sorted({*pieces, *map(unquote, pieces)}, key=len, reverse=True):
        if len(piece) > 2:
            said = said.replace(piece, "…")
    return " ".join(said.split())[:300]
