"""Cursors, cuts and epochs as clients see them: opaque text.

An epoch names one run of the change log, so it holds a nonce of this process: a restart begins the world again, with
revisions that start again too, and a client that kept its higher revisions would refuse the newer records. The same
seed and start make the same world, but not the same place in it; only a client's resync is right after a restart.
"""

import base64
import binascii
import secrets
from datetime import datetime
from typing import Literal

Kind = Literal["cursor", "cut"]


def new_epoch(start: datetime) -> str:
    """An epoch for a log that begins now, of a world that begins at `start`."""
    return f"{start:%Y%m%dT%H%M%SZ}-{secrets.token_hex(4)}"


def write(kind: Kind, epoch: str, number: int) -> str:
    """The token of a place in the log or of a cut."""
    return base64.urlsafe_b64encode(f"{kind} {number} {epoch}".encode()).rstrip(b"=").decode()


def read(kind: Kind, token: str) -> tuple[str, int]:
    """Epoch and number of a token; `ValueError` when it is none of ours or of another kind."""
    try:
        text = base64.b64decode(
            token.encode("ascii") + b"=" * (-len(token) % 4), altchars=b"-_", validate=True
        ).decode()
        written, number, epoch = text.split(" ")
    except (binascii.Error, UnicodeError, ValueError) as error:
        raise ValueError(f"no {kind} of this gateway") from error
    if written != kind or not number.isdecimal():
        raise ValueError(f"no {kind} of this gateway")
    return epoch, int(number)
