"""The two ways to a repository, https and ssh, each as strict as git itself, and what their failures mean."""

from __future__ import annotations

import ssl
from collections.abc import Callable, Iterator, Mapping
from typing import Any
from urllib.parse import urljoin, urlsplit
from urllib.request import getproxies, proxy_bypass

import urllib3
from dulwich.client import GitClient, SSHGitClient, Urllib3HttpGitClient
from dulwich.errors import GitProtocolError

from ..core.errors import OutsideError, Problem, Trouble
from .pool import cut_by
from .ssh import StrictSsh
from .wire import Wire

CONNECT_SECONDS, READ_SECONDS = 10.0, 60.0
REDIRECTS = 4


def client_for(url: str, secret: Mapping[str, bytes], where: str, wire: Wire) -> tuple[GitClient, str]:
    """Give a client, and the path of the repository on its host.

    Args:
        url: `https://...` or `ssh://...`.
        secret: `username` and `password`, or `bearerToken`, and `ca.crt`; for ssh `identity` and `known_hosts`.
        where: what to call the place in messages.
        wire: what bounds the conversation.

    Raises:
        OutsideError: the secret lacks something, or what it holds cannot be read.
    """
    parts = urlsplit(url)
    if parts.scheme == "ssh":
        vendor = StrictSsh(where, secret, wire)
        user = parts.username or _text(secret, "username") or "git"
        return _Ssh(parts.hostname or "", parts.port, user, vendor=vendor), parts.path
    return _Https(url, secret, where, wire), ""


class _Ssh(SSHGitClient):
    """Git over ssh, which leaves no connection open, however it ends."""

    def close(self) -> None:
        assert isinstance(self.ssh_vendor, StrictSsh)
        self.ssh_vendor.close()


class _Https(Urllib3HttpGitClient):
    """Git over https. Neither credentials nor requests go to another host than the one that was named."""

    def __init__(self, url: str, secret: Mapping[str, bytes], where: str, wire: Wire) -> None:
        super().__init__(url.rstrip("/") + "/", pool_manager=_pool(url, secret, where, wire))
        self._wire = wire
        token = _text(secret, "bearerToken")
        if "password" in secret:
            told = f"{_text(secret, 'username') or 'git'}:{_text(secret, 'password')}"
            self._auth_header = urllib3.make_headers(basic_auth=told)["authorization"]
        elif token:
            self._auth_header = f"Bearer {token}"
        self._auth_origin = self._origin(url)

    def _http_request(
        self,
        url: str,
        headers: dict[str, str] | None = None,
        data: bytes | Iterator[bytes] | None = None,
        raise_for_status: bool = True,
    ) -> tuple[Any, Callable[[int], bytes]]:
        answer, read = super()._http_request(url, headers, data, raise_for_status)
        return answer, self._wire.counted(read)


class _OneHost(urllib3.PoolManager):
    """Follows where it is sent on to, as git does: before anything is sent, on the same host only."""

    def urlopen(self, method: str, url: str, redirect: bool = True, **kw: Any) -> urllib3.BaseHTTPResponse:  # type: ignore[override]
        for _ in range(REDIRECTS):
            answer = super().urlopen(method, url, redirect=False, **kw)
            if not (location := answer.get_redirect_location()):
                answer.url = url
                return answer
            there = urljoin(url, location)
            # its body is of no use, and of any length
            answer.close()
            if Urllib3HttpGitClient._origin(there) != Urllib3HttpGitClient._origin(url):
                text = f"{url} sends one on to {there}, which is another host. Write that into `url` if it is right."
                raise OutsideError(Problem(Trouble.REFUSED, "GitRedirected", text))
            if method != "GET":
                raise GitProtocolError(f"{url} sends one on only after it was asked")
            url = there
        raise GitProtocolError(f"{url} sends one on again and again")


class _OneHostByProxy(_OneHost, urllib3.ProxyManager):
    """The same behind a proxy."""


def _pool(url: str, secret: Mapping[str, bytes], where: str, wire: Wire) -> urllib3.PoolManager:
    context = ssl.create_default_context()
    if authority := _text(secret, "ca.crt"):
        try:
            context.load_verify_locations(cadata=authority)
        except ssl.SSLError as error:
            text = f"{where}: `ca.crt` in the Secret is no certificate in PEM form ({error}). Correct it."
            raise OutsideError(Problem(Trouble.REFUSED, "GitAuthFailed", text)) from error
    settings: dict[str, Any] = {
        "timeout": urllib3.Timeout(connect=CONNECT_SECONDS, read=READ_SECONDS),
        "retries": urllib3.Retry(total=0),
        "ssl_context": context,
        "headers": {"User-Agent": "git/mwaa-operator"},
    }
    proxy, host = getproxies().get("https"), urlsplit(url).hostname or ""
    pool = _OneHostByProxy(proxy, **settings) if proxy and not proxy_bypass(host) else _OneHost(**settings)
    pool.pool_classes_by_scheme = cut_by(wire)
    return pool


def _text(secret: Mapping[str, bytes], name: str) -> str:
    return secret.get(name, b"").decode(errors="replace").strip()
