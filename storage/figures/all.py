"""Every figure's definition: import `FIGURES` from here, and no module of figures is missing from it."""

from storage.figures import (
    care,
    conflicts,
    cutoffs,
    declared,
    delay,
    departure_checks,
    dwell,
    expected_release,
    feeds,
    forecast,
    free_tracks,
    inspections,
    lanes,
    leaving,
    loading,
    margins,
    occupancy,
    readiness,
    reefers,
    rehandles,
    risk,
    seals,
    segregation,
    substitutes,
)
from storage.figures.registry import FIGURES, Figure

MODULES = (
    readiness, cutoffs, delay, risk, departure_checks, conflicts, free_tracks, loading, margins, leaving, substitutes,
    occupancy, forecast, rehandles, dwell, segregation, reefers, care, lanes, expected_release,
    declared, seals, inspections, feeds,
)  # fmt: skip

__all__ = ["FIGURES", "MODULES", "Figure"]
