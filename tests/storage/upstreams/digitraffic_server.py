"""A replay of Digitraffic rail: answers as the real interface does, from trains that a test gives it.

What it does like the real one: 406 without gzip; an answer to `version` holds only newer trains, only whole versions,
at most `cap` of them, and the deleted ones only on request; without a version the newest; 429 for those who do not say
who they are, above a limit.
"""

import copy
import gzip
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

CAPTURED = Path(__file__).parents[2] / "data" / "digitraffic" / "train_8533.json"
STATIONS = {
    "HKI": "Helsinki asema",
    "PSL": "Pasila asema",
    "MÄK": "Mäkkylä",
    "KKN": "Kirkkonummi",
    "KV": "Kouvola asema",
}
NEARBY = ("arrived_trains", "arriving_trains", "departed_trains", "departing_trains")

TrainJson = dict[str, Any]


def captured_train(**changes: Any) -> TrainJson:
    """The captured train, with other values where they are named."""
    train: TrainJson = copy.deepcopy(json.loads(CAPTURED.read_text("utf-8"))[0])
    return train | changes


def rows_at(train: TrainJson, station: str) -> list[TrainJson]:
    """The train's timetable rows at a station, to be read or changed."""
    return [row for row in train["timeTableRows"] if row["stationShortCode"] == station]


def not_yet_from(train: TrainJson, station: str) -> TrainJson:
    """The train as it was before it came to `station`: nothing has happened there or after; it is estimated instead."""
    reached = False
    for row in train["timeTableRows"]:
        reached = reached or row["stationShortCode"] == station
        if reached and (actual := row.pop("actualTime", None)):
            row["liveEstimateTime"] = actual
    return train | {"runningCurrently": True}


class Digitraffic:
    """The trains it knows, the requests it got, and how it limits them."""

    def __init__(self) -> None:
        self.trains: list[TrainJson] = []
        self.cap = 2500
        self.anonymous_limit = 60
        self.anonymous = 0
        self.requests: list[str] = []
        self.url = ""

    def answer(self, target: str, headers: dict[str, str]) -> tuple[int, dict[str, str], Any]:
        """Status, headers and body (as JSON, or text) for a request."""
        self.requests.append(target)
        if "gzip" not in headers.get("accept-encoding", ""):
            return 406, {}, "Use the header Accept-Encoding: gzip"
        if "digitraffic-user" not in headers:
            self.anonymous += 1
            if self.anonymous > self.anonymous_limit:
                return 429, {"Retry-After": "60"}, "Request limit exceeded"
        parts = urlsplit(target)
        query = {name: values[0] for name, values in parse_qs(parts.query).items()}
        match parts.path.removeprefix("/api/v1").split("/")[1:]:
            case ["metadata", "stations"]:
                return 200, {}, [{"stationShortCode": code, "stationName": name} for code, name in STATIONS.items()]
            case ["trains"]:
                return 200, {}, self._newer(query) if "version" in query else self._newest()
            case ["live-trains", "station", station]:
                if sum(int(query.get(name, 5)) for name in NEARBY) > 1000:
                    return 400, {}, {"code": "TOO_MANY_TRAINS"}
                return 200, {}, self._at(unquote(station))
        return 404, {}, {"code": "NOT_FOUND"}

    def _newer(self, query: dict[str, str]) -> list[TrainJson]:
        deleted_too = query.get("include_deleted") == "true"
        newer = sorted(
            (train for train in self.trains if train["version"] > int(query["version"])),
            key=lambda train: train["version"],
        )
        page = [train for train in newer[: self.cap] if deleted_too or not train.get("deleted")]
        if len(newer) > self.cap:
            unfinished = newer[self.cap]["version"]
            page = [train for train in page if train["version"] < unfinished]
        return page

    def _newest(self) -> list[TrainJson]:
        newest = max((train["version"] for train in self.trains), default=0)
        return [train for train in self.trains if train["version"] == newest and not train.get("deleted")]

    def _at(self, station: str) -> list[TrainJson]:
        return [
            train
            for train in self.trains
            if not train.get("deleted") and any(row["trainStopping"] for row in rows_at(train, station))
        ]


@contextmanager
def digitraffic() -> Iterator[Digitraffic]:
    """A replay server on loopback."""
    replay = Digitraffic()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            sent = {name.lower(): value for name, value in self.headers.items()}
            status, headers, body = replay.answer(self.path, sent)
            text = isinstance(body, str)
            raw = body.encode() if text else gzip.compress(json.dumps(body, ensure_ascii=False).encode())
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("Content-Type", "text/plain" if text else "application/json;charset=UTF-8")
            if not text:
                self.send_header("Content-Encoding", "gzip")
            self.send_header("Content-Length", str(len(raw)))
            self.end_headers()
            self.wfile.write(raw)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    replay.url = f"http://127.0.0.1:{server.server_address[1]}"
    try:
        yield replay
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
