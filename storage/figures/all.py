"""Every figure's definition: import `FIGURES` from here, and no module of figures is missing from it."""

from storage.figures import conflicts, cutoffs, delay, dwell, lanes, occupancy, readiness, rehandles, risk
from storage.figures.registry import FIGURES, Figure

MODULES = (readiness, cutoffs, delay, risk, conflicts, occupancy, rehandles, dwell, lanes)

__all__ = ["FIGURES", "MODULES", "Figure"]
