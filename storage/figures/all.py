"""Every figure's definition: import `FIGURES` from here, and no module of figures is missing from it."""

from storage.figures import (
    conflicts,
    cutoffs,
    delay,
    departure_checks,
    dwell,
    forecast,
    free_tracks,
    lanes,
    leaving,
    loading,
    margins,
    occupancy,
    readiness,
    rehandles,
    risk,
    substitutes,
)
from storage.figures.registry import FIGURES, Figure

MODULES = (
    readiness, cutoffs, delay, risk, departure_checks, conflicts, free_tracks, loading, margins, leaving, substitutes,
    occupancy, forecast, rehandles, dwell, lanes,
)  # fmt: skip

__all__ = ["FIGURES", "MODULES", "Figure"]
