"""The body of `dryport sync`: the syncer of `storage.sync`, with a person or a service at its other end.

SIGTERM ends it after the transaction it is in, Ctrl+C too. On a terminal a load has a progress bar, on stderr.
"""

from console.site import Site
from storage.upstreams.base import UpstreamSettings


def upstream_settings(site: Site) -> list[UpstreamSettings]:
    """The site's upstreams as the syncer wants them; a token is read when it is needed, never kept."""
    return [
        UpstreamSettings(
            name=upstream.name,
            url=upstream.url,
            kind=upstream.kind,
            token=upstream.token,
            interval_s=upstream.interval_s,
            insecure_http=upstream.insecure_http,
            ca_file=upstream.ca_file,
            options={key: value for key, value in (("stations", upstream.stations), ("user", upstream.user)) if value},
        )
        for upstream in site.upstreams
    ]
