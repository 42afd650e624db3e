"""Every error Dryport raises on purpose, as one tree.

DryportError                  one clear sentence for a person; `exit_code` for the command line
├── UsageError                the command or a setting is wrong                                  (2)
│   └── SettingsError         names file, key and remedy                                         (2)
├── CacheError                the cache file or database                                         (4)
│   ├── CacheMissing          no cache yet: sync first                                           (4)
│   │   └── CacheOlder        none of this version yet: the syncer migrates it                   (4)
│   ├── CacheNewer            written by a newer Dryport                                         (4)
│   ├── CacheUnsafe           wrong owner, symlink, world-writable or network folder             (4)
│   ├── CacheBusy             another process held the write lock too long                       (4)
│   ├── CacheFull             no room on the disk, or it is read-only                            (4)
│   ├── CacheInterrupted      the server went away or broke a transaction off: do it again       (4)
│   └── CacheDamaged          corrupt: the syncer sets it aside and begins anew                  (4)
│       └── CacheForeign      sound, but not a cache of ours: left as it is                      (4)
├── LeaderError               another syncer leads this cache, or took the lead                  (5)
└── UpstreamError             the source of data                                                 (3)
    ├── Transient             may go away by itself: refused connection, timeout, 5xx            (3)
    │   └── Throttled         429 or 503 with Retry-After; `after` seconds                       (3)
    ├── AuthFailed            401 or 403: the token                                              (3)
    ├── Resync                cursor expired or epoch changed: take a snapshot again             (3)
    ├── BadData               the body cannot be trusted as a whole                              (3)
    └── Refused               the source says or is something we must not follow                 (3)
"""


class DryportError(Exception):
    """Base of the tree; the message is one sentence that says what to do."""

    exit_code = 1
    code = "error"


class UsageError(DryportError):
    """The command line is wrong."""

    exit_code = 2
    code = "usage"


class SettingsError(UsageError):
    """A setting is wrong; the message names file, key and remedy."""

    code = "settings"


class CacheError(DryportError):
    """The cache cannot be used."""

    exit_code = 4
    code = "cache"


class CacheMissing(CacheError):
    """There is no cache yet."""

    code = "missing"


class CacheOlder(CacheMissing):
    """An older Dryport wrote it; only the syncer migrates."""

    code = "older"


class CacheNewer(CacheError):
    """The cache was written by a newer Dryport."""

    code = "newer"


class CacheUnsafe(CacheError):
    """The file or its folder could be changed by somebody else, or lies where locks do not hold."""

    code = "unsafe"


class CacheBusy(CacheError):
    """Another process held the write lock longer than the busy timeout."""

    code = "busy"


class CacheFull(CacheError):
    """The disk is full or read-only; nothing of the transaction was kept."""

    code = "full"


class CacheInterrupted(CacheError):
    """The database server went away or broke the transaction off; all of it can be done again."""

    code = "interrupted"


class CacheDamaged(CacheError):
    """The file is corrupt, empty or no database at all."""

    code = "damaged"


class CacheForeign(CacheDamaged):
    """The database is somebody else's: it is never moved or written."""

    code = "foreign"


class LeaderError(DryportError):
    """Another syncer leads this cache, or took the lead from us."""

    exit_code = 5
    code = "leader"


class UpstreamError(DryportError):
    """The source of data failed; the cache is as it was."""

    exit_code = 3
    code = "upstream"


class Transient(UpstreamError):
    """May go away by itself."""

    code = "offline"


class Throttled(Transient):
    """The source asks us to wait `after` seconds."""

    code = "throttled"

    def __init__(self, message: str, after: float) -> None:
        """`after`: seconds to wait, already capped."""
        super().__init__(message)
        self.after = after


class AuthFailed(UpstreamError):
    """The token is missing, wrong or expired."""

    code = "refused"


class Resync(UpstreamError):
    """The cursor or cut expired, or the epoch changed; a snapshot is needed, nothing is deleted for it."""

    code = "resync"

    def __init__(self, message: str, reason: str = "") -> None:
        """`reason`: the source's own code, such as cursor_expired or cut_expired."""
        super().__init__(message)
        self.reason = reason


class BadData(UpstreamError):
    """The body cannot be trusted as a whole; nothing of it was used."""

    code = "bad data"


class Refused(UpstreamError):
    """The source says or is something we must not follow: a redirect, another origin, a body too large."""

    code = "refused"
