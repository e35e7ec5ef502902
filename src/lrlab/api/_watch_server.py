"""A page on the loopback address alone: two paths that are read, nothing that is written, no file that is named."""

import os
import secrets
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from socketserver import TCPServer
from threading import Thread
from time import monotonic
from typing import Any

from ..errors import LabError
from ..report import live_page
from ._store_view import EVERY, StoreReader

HOST = "127.0.0.1"
NAMES = {"127.0.0.1", "localhost"}  # by which this machine alone is meant
REPORT_POLICY = "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; img-src data: blob:"
HEADERS = {
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
}
PATIENCE = 10.0  # seconds a request may take to come


class WatchServer(ThreadingHTTPServer):
    """Serves what a reader shows, from its start until `close`. Raises LabError where the port cannot be had.

    port: 0: any that is free. seen: when a page was asked for last, as `time.monotonic` has it; polled: when its middle
    was.
    """

    daemon_threads = True
    allow_reuse_address = os.name == "posix"  # elsewhere two servers would share a port

    def __init__(self, reader: StoreReader, port: int) -> None:
        self.reader, self.seen, self.polled = reader, monotonic(), 0.0
        try:
            super().__init__((HOST, port), _Answers)
        except (OSError, OverflowError) as error:
            reason = getattr(error, "strerror", None) or error
            raise LabError(
                f"cannot serve on port {port} of {HOST}: {reason}; give another --port, or leave it out for a free one"
            ) from None
        self._thread = Thread(target=self.serve_forever, kwargs={"poll_interval": 0.2}, daemon=True)
        self._thread.start()

    def server_bind(self) -> None:
        """Take the port, and ask nobody for a name."""
        TCPServer.server_bind(self)
        self.server_name, self.server_port = HOST, self.server_address[1]

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing: whoever asked has gone."""

    @property
    def address(self) -> str:
        """Where the page is."""
        return f"http://{HOST}:{self.server_port}/"

    def close(self) -> None:
        """Serve no more."""
        self.shutdown()
        self.server_close()
        self._thread.join(timeout=1)


class _Answers(BaseHTTPRequestHandler):
    server: WatchServer  # pyright: ignore[reportIncompatibleVariableOverride]
    server_version, sys_version = "lrlab", ""
    timeout = PATIENCE  # pyright: ignore[reportAssignmentType]

    def do_GET(self) -> None:
        """Answer a page, its middle, or the whole report."""
        if not self._is_from_here():
            self._send(HTTPStatus.MISDIRECTED_REQUEST, "this page is for 127.0.0.1 and localhost alone", "text/plain")
            return
        paths = {"/": self._send_page, "/part": self._send_part, "/report": self._send_report}
        answer = paths.get(self.path.partition("?")[0], self._send_nothing)
        answer()

    def do_HEAD(self) -> None:
        """Answer with the head alone."""
        self.do_GET()

    def _is_from_here(self) -> bool:
        """Whether the page was asked for by a name of this machine's own.

        Another name that leads here is a stranger's page, which would read this one (DNS rebinding). The port may be
        another, as behind a tunnel.
        """
        name, colon, port = (self.headers.get("Host") or "").rpartition(":")
        return (name if colon else port).lower() in NAMES and (not colon or port.isdecimal())

    def _send_page(self) -> None:
        self.server.seen = monotonic()
        view, nonce = self.server.reader.look(), secrets.token_urlsafe(16)
        policy = f"default-src 'none'; script-src 'nonce-{nonce}'; style-src 'unsafe-inline'; connect-src 'self'"
        page = live_page(view.body, view.title, nonce, 2 * EVERY)
        self._send(HTTPStatus.OK, page, policy=f"{policy}; base-uri 'none'; form-action 'none'; frame-ancestors 'none'")

    def _send_part(self) -> None:
        view = self.server.reader.look()
        tag = f'"{view.tag}"'
        if self.headers.get("If-None-Match") == tag:
            self._send(HTTPStatus.NOT_MODIFIED, "", tag=tag)
        else:
            self._send(HTTPStatus.OK, view.body, tag=tag)
        self.server.polled = monotonic()

    def _send_report(self) -> None:
        self.server.seen = monotonic()
        report = self.server.reader.report()
        if report is None:
            self._send(HTTPStatus.NOT_FOUND, "the run is not finished; its page is at /", "text/plain")
        else:
            self._send(HTTPStatus.OK, report, policy=f"{REPORT_POLICY}; frame-ancestors 'none'")

    def _send_nothing(self) -> None:
        self._send(HTTPStatus.NOT_FOUND, "there is only /", "text/plain")

    def _send(self, status: HTTPStatus, text: str, kind: str = "text/html", policy: str = "", tag: str = "") -> None:
        content = text.encode()
        self.send_response(status)
        for name, value in HEADERS.items():
            self.send_header(name, value)
        self.send_header("Content-Security-Policy", policy or "default-src 'none'")
        if tag:
            self.send_header("ETag", tag)
        if status != HTTPStatus.NOT_MODIFIED:
            self.send_header("Content-Type", f"{kind}; charset=utf-8")
            self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(content)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
        """Print nothing."""
