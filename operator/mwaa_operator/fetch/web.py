"""Plain requests to the servers of one source: within time and size, and with credentials for the one host only."""

from __future__ import annotations

import contextlib
import ipaddress
import ssl
from collections.abc import Callable, Iterator, Mapping
from typing import Any
from urllib.parse import SplitResult, urljoin, urlsplit
from urllib.request import getproxies, proxy_bypass

import urllib3
from urllib3.exceptions import HTTPError

from ..core.errors import OutsideError, Problem, Trouble
from ..core.origin import Origin
from .pool import cut_by
from .wire import Wire

CONNECT_SECONDS, READ_SECONDS = 10.0, 60.0
REDIRECTS = 4
CHUNK = 1024 * 1024
NO_ADDRESS = "it sends one on to what is no address of a server"
MOVED = frozenset({301, 302, 303, 307, 308})


class Web:
    """What the operator asks, and what it is answered. An answer of 400 and above is an error, but for those expected."""

    def __init__(
        self,
        origin: Origin,
        wire: Wire,
        authority: bytes = b"",
        *,
        plain: bool = False,
        admit: Callable[[str], None] | None = None,
    ) -> None:
        """Talk for one source.

        Args:
            origin: for messages.
            wire: what bounds the conversation.
            authority: a certificate authority in PEM form, beside those that everybody knows.
            plain: http is allowed too, and not https alone.
            admit: is told the address of each server before anything is asked there, and may raise.

        Raises:
            OutsideError: the authority cannot be read.
        """
        self._origin, self._wire, self._plain, self._admit = origin, wire, plain, admit
        context = ssl.create_default_context()
        if authority:
            try:
                context.load_verify_locations(cadata=authority.decode(errors="replace"))
            except ssl.SSLError as error:
                text = f"{origin.where}: `ca.crt` in the Secret is no certificate in PEM form ({error}). Correct it."
                raise OutsideError(Problem(Trouble.REFUSED, "SourceAuthFailed", text)) from error
        self._settings: dict[str, Any] = {
            "timeout": urllib3.Timeout(connect=CONNECT_SECONDS, read=READ_SECONDS),
            "retries": urllib3.Retry(total=0),
            "ssl_context": context,
            "headers": {"User-Agent": "mwaa-operator"},
        }

    @contextlib.contextmanager
    def ask(
        self, method: str, url: str, headers: Mapping[str, str] | None = None, expected: frozenset[int] = frozenset()
    ) -> Iterator[urllib3.BaseHTTPResponse]:
        """Ask, and go where one is sent on to: without the credentials where that is another host.

        Raises:
            OutsideError: no answer, or one that says no.
        """
        answer, sent, host = None, dict(headers or {}), self._parts(url).netloc
        try:
            for _ in range(REDIRECTS + 1):
                if self._parts(url).netloc != host:
                    sent.pop("Authorization", None)
                answer = self._once(method, url, sent)
                location = answer.headers.get("Location")
                if answer.status not in MOVED or not location:
                    break
                answer.close()
                url = self._joined(url, location)
            else:
                raise self._unreachable(url, "it sends one on again and again")
            if answer.status >= 400 and answer.status not in expected:
                raise self._refusal(answer.status, url)
            yield answer
        except (HTTPError, OSError) as error:
            raise self._broken(url, error) from error
        finally:
            if answer:
                answer.close()

    def read(self, answer: urllib3.BaseHTTPResponse, most: int) -> bytes:
        """Read a whole answer that is held in memory.

        Raises:
            OutsideError: it has more bytes than `most`.
        """
        return b"".join(self.parts(answer, most))

    def parts(self, answer: urllib3.BaseHTTPResponse, most: int) -> Iterator[bytes]:
        """Read an answer piece by piece, as it was sent.

        Raises:
            OutsideError: it has more bytes than `most`.
        """
        read, size = self._wire.counted(lambda count: answer.read(count, decode_content=False)), 0
        while data := read(CHUNK):
            size += len(data)
            self._wire.packed(len(data))
            if size > most:
                text = f"{self._origin.where}: {self._origin.url} sends more than the {most} bytes that may come here."
                raise OutsideError(Problem(Trouble.REFUSED, "SourceTooLarge", f"{text} Make it smaller."))
            yield data

    def _once(self, method: str, url: str, headers: Mapping[str, str]) -> urllib3.BaseHTTPResponse:
        parts = self._parts(url)
        if parts.scheme not in ("https", "http") or not parts.hostname:
            raise self._unreachable(url, NO_ADDRESS)
        if parts.scheme == "http" and not self._plain:
            text = f"{self._origin.where}: {_shown(url)} is not encrypted, so it is not asked. Use https, or say `insecure`."
            raise OutsideError(Problem(Trouble.REFUSED, "SourceNotEncrypted", text))
        proxy = getproxies().get(parts.scheme)
        through = proxy if proxy and not proxy_bypass(parts.hostname) else None
        if self._admit and through:
            # the proxy looks names up: what can be told here is an address that stands in the URL itself
            with contextlib.suppress(ValueError):
                self._admit(str(ipaddress.ip_address(parts.hostname)))
        pool = urllib3.ProxyManager(through, **self._settings) if through else urllib3.PoolManager(**self._settings)
        pool.pool_classes_by_scheme = cut_by(self._wire, self._admit)
        try:
            return pool.request(method, url, headers=dict(headers), redirect=False, preload_content=False)
        except ValueError as error:
            raise self._unreachable(url, NO_ADDRESS) from error

    def _parts(self, url: str) -> SplitResult:
        try:
            return urlsplit(url)
        except ValueError as error:
            raise self._unreachable(url, NO_ADDRESS) from error

    def _joined(self, url: str, location: str) -> str:
        try:
            return urljoin(url, location)
        except ValueError as error:
            raise self._unreachable(location, NO_ADDRESS) from error

    def _refusal(self, status: int, url: str) -> OutsideError:
        origin, there = self._origin, _shown(url)
        if status in (401, 403):
            where = f"the Secret {origin.secret}" if origin.secret else "secretRef: it names no Secret now"
            text = f"{origin.where}: {there} does not let one in ({status}). Correct the credentials in {where}."
            return OutsideError(Problem(Trouble.DENIED, "SourceAuthFailed", text))
        if status == 404:
            text = f"{origin.where}: {there} does not exist, or may not be seen. Correct it, or put it there."
            return OutsideError(Problem(Trouble.REFUSED, "SourceNotFound", text))
        if status == 429:
            text = f"{origin.where}: {there} is asked too often ({status}). Look less often (`interval`)."
            return OutsideError(Problem(Trouble.THROTTLED, "SourceUnreachable", text))
        return self._unreachable(url, f"the answer is {status}")

    def _broken(self, url: str, error: Exception) -> OutsideError:
        text = "".join(c if c.isprintable() else " " for c in str(error))[:300]
        if "CERTIFICATE_VERIFY_FAILED" in text or "certificate verify failed" in text:
            told = (
                f"{self._origin.where}: {_shown(url)} shows a certificate that nobody vouches for. Put its authority into "
            )
            told += "the Secret as `ca.crt`."
            return OutsideError(Problem(Trouble.DENIED, "SourceHostUnknown", told))
        return self._unreachable(url, text or type(error).__name__)

    def _unreachable(self, url: str, text: str) -> OutsideError:
        told = f"{self._origin.where}: {_shown(url)} does not answer as it should ({text})."
        return OutsideError(Problem(Trouble.UNAVAILABLE, "SourceUnreachable", told))


def _shown(url: str) -> str:
    """Give an address without what may be a signature in it."""
    return url.partition("?")[0]
