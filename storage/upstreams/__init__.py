"""Sources of data, one file a kind; every adapter passes the same contract test-suite."""

from importlib import import_module

from storage.errors import SettingsError
from storage.upstreams.base import Upstream, UpstreamSettings

ADAPTERS: dict[str, tuple[str, str]] = {
    "native": ("storage.upstreams.native", "NativeUpstream"),
    "digitraffic": ("storage.upstreams.digitraffic", "DigitrafficUpstream"),
}
"""Kind of upstream to the module and class that reads it; imported when first used."""


def open_upstream(settings: UpstreamSettings) -> Upstream:
    """The adapter for `settings.kind`; `SettingsError` names the kinds there are."""
    if settings.kind not in ADAPTERS:
        raise SettingsError(
            f"Upstream {settings.name} has the unknown kind '{settings.kind}': use {' or '.join(ADAPTERS)}."
        )
    module, name = ADAPTERS[settings.kind]
    upstream: Upstream = getattr(import_module(module), name)(settings)
    if codes := settings.options.get("customs_codes"):
        from storage.upstreams.customs_codes import Translated, read_codes

        return Translated(upstream, read_codes(codes))
    return upstream
