"""A site gateway for the benchmarks: serves one pinned cut of one feed by the native contract, from memory.

It is a process of its own with nothing but sockets, so that what a benchmark measures is the client. Every page is
encoded and compressed once, before the first request. `latency_s` delays each answer as a long line would.

Run as `python -m tests.bench.gateway COUNT ascii|chinese LATENCY_MS`; prints its port.
"""

import asyncio
import gzip
import json
import sys
from urllib.parse import parse_qs, urlsplit

from tests.bench.records import containers

EPOCH = "bench"
CURSOR = "bench:1"
PAGE = 1000
NOW = "2026-11-20T02:41:00.000Z"


class Gateway:
    """The answers, ready to send: path to (headers, plain body, compressed body)."""

    def __init__(self, count: int, *, chinese: bool, latency_s: float) -> None:
        """Encode everything once."""
        self.latency_s = latency_s
        self.requests = 0
        records = containers(count, chinese=chinese)
        encoded = [json.dumps(record, ensure_ascii=False, separators=(",", ":")).encode() for record in records]
        pages = [encoded[start : start + PAGE] for start in range(0, max(count, 1), PAGE)]
        self.digest = f'"bench-{count}-{"chinese" if chinese else "ascii"}"'
        self.pages = [self._page(number, len(pages), count, page) for number, page in enumerate(pages, 1)]
        feeds = [{"feed": "containers", "schema": 1, "count": count, "digest": self.digest.strip('"')}]
        stamp = {"as_of": NOW, "server_time": NOW}
        meta = {
            "api_version": "1", "epoch": EPOCH, "site": "Bench", "timezone": "Asia/Shanghai", "cursor": CURSOR,
            "min_poll_s": 5, "retention_s": 604800, "max_page": PAGE, "feeds": feeds, **stamp,
        }  # fmt: skip
        quiet = {"epoch": EPOCH, "items": [], "next": CURSOR, "more": False, "checkpoint": True, **stamp}
        self.meta = _both(json.dumps(meta).encode())
        self.quiet = _both(json.dumps(quiet).encode())

    def _page(self, number: int, pages: int, count: int, records: list[bytes]) -> tuple[bytes, bytes]:
        head = {
            "epoch": EPOCH, "feed": "containers", "cut": "cut-1", "cursor": CURSOR, "page": number, "pages": pages,
            "count": count, "complete": number == pages, "as_of": NOW, "server_time": NOW,
        }  # fmt: skip
        body = json.dumps(head).encode()[:-1] + b',"items":[' + b",".join(records) + b"]}"
        return _both(body)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer the requests of one connection until it closes."""
        while request := await _request(reader):
            self.requests += 1
            if self.latency_s:
                await asyncio.sleep(self.latency_s)
            writer.write(self._answer(request))
            await writer.drain()
        writer.close()

    def _answer(self, request: bytes) -> bytes:
        target = urlsplit(request.split(b" ", 2)[1].decode())
        headers = request.lower()
        if target.path == "/v1/meta":
            return _response(self.meta, headers)
        if target.path == "/v1/changes":
            return _response(self.quiet, headers)
        if f"if-none-match: {self.digest}".encode() in headers:
            pinned = f"Dryport-Cut: cut-1\r\nDryport-Cursor: {CURSOR}\r\nDryport-As-Of: {NOW}\r\n"
            extra = f"{pinned}Dryport-Server-Time: {NOW}\r\nETag: {self.digest}\r\n"
            return f"HTTP/1.1 304 Not Modified\r\n{extra}\r\n".encode()
        page = int(parse_qs(target.query).get("page", ["1"])[0])
        return _response(self.pages[page - 1], headers, f"ETag: {self.digest}\r\n".encode())


def _both(body: bytes) -> tuple[bytes, bytes]:
    return body, gzip.compress(body, 1)


async def _request(reader: asyncio.StreamReader) -> bytes | None:
    try:
        return await reader.readuntil(b"\r\n\r\n")
    except (asyncio.IncompleteReadError, ConnectionError):
        return None


def _response(body: tuple[bytes, bytes], request: bytes, extra: bytes = b"") -> bytes:
    packed = b"gzip" in request
    data = body[packed]
    coding = b"Content-Encoding: gzip\r\n" if packed else b""
    return b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n%s%sContent-Length: %d\r\n\r\n%s" % (
        coding, extra, len(data), data,
    )  # fmt: skip


async def _run(count: int, chinese: bool, latency_s: float) -> None:
    gateway = Gateway(count, chinese=chinese, latency_s=latency_s)
    server = await asyncio.start_server(gateway.serve, "127.0.0.1", 0, limit=1 << 20)
    print(server.sockets[0].getsockname()[1], flush=True)
    async with server:
        await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(_run(int(sys.argv[1]), sys.argv[2] == "chinese", float(sys.argv[3]) / 1000))
