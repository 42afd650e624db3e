"""A small HTTP/1.1 server on loopback for tests: answers as it is told, well or badly."""

import asyncio
import gzip
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field
from types import TracebackType
from urllib.parse import parse_qsl, urlsplit


@dataclass(frozen=True)
class Request:
    """What a client asked."""

    path: str
    query: dict[str, str]
    headers: dict[str, str]


@dataclass(frozen=True)
class Reply:
    """What to answer; `raw` is written as it is instead of everything else, and the connection closed."""

    body: bytes = b""
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    raw: bytes | None = None
    drip: bool = False
    """Write the body byte by byte and never finish."""

    def written(self, request: Request) -> bytes:
        if self.raw is not None:
            return self.raw
        body, headers = self.body, {"Content-Type": "application/json", **self.headers}
        if "gzip" in request.headers.get("accept-encoding", "") and "Content-Encoding" not in headers and body:
            body, headers["Content-Encoding"] = gzip.compress(body, 1), "gzip"
        lines = [f"HTTP/1.1 {self.status} Told", *(f"{name}: {value}" for name, value in headers.items())]
        return "\r\n".join([*lines, f"Content-Length: {len(body)}", "", ""]).encode() + body


Handler = Callable[[Request], Reply | Awaitable[Reply]]


class Loopback:
    """`async with Loopback(handler) as server:` then `server.url`; `server.requests` is all that was asked."""

    def __init__(self, handler: Handler) -> None:
        self.handler = handler
        self.requests: list[Request] = []
        self.port = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    async def __aenter__(self) -> "Loopback":
        await self.start()
        return self

    async def __aexit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        await self.stop()

    async def start(self) -> None:
        """Listen, on the same port as before when there was one."""
        self._connections: set[asyncio.StreamWriter] = set()
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", self.port)
        self.port = self._server.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        """Refuse connections from now on, and drop those there are."""
        self._server.close()
        for writer in self._connections:
            writer.transport.abort()
        await self._server.wait_closed()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._connections.add(writer)
        with suppress(ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            while True:
                head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
                target = urlsplit(head[0].split(" ")[1])
                headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in head[1:])}
                request = Request(target.path, dict(parse_qsl(target.query)), headers)
                self.requests.append(request)
                reply = self.handler(request)
                if isinstance(reply, Awaitable):
                    reply = await reply
                written = reply.written(request)
                if reply.drip:
                    await self._drip(writer, written)
                writer.write(written)
                await writer.drain()
                if reply.raw is not None:
                    break
        self._connections.discard(writer)
        writer.close()

    async def _drip(self, writer: asyncio.StreamWriter, written: bytes) -> None:
        head, _, body = written.partition(b"\r\n\r\n")
        writer.write(head + b"\r\n\r\n")
        for position in range(len(body) - 1):
            writer.write(body[position : position + 1])
            await writer.drain()
            await asyncio.sleep(0.02)
        await asyncio.Event().wait()
