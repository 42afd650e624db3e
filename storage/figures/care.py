"""What the lists of the yard that want care count: definitions alone, the lists are in `storage.queries.exceptions`."""

from storage.figures.registry import declare

SITE = "the site's own rule"

declare(
    "plugs free", "Plugs free", "plugs",
    "Plugs of a block less the boxes plugged in there; unknown where its plugs are not known.",
    "definition 11",
)  # fmt: skip
declare(
    "long stay", "Long stays", "boxes",
    """Full boxes that are here longer than the site allows, 7 days unless it says otherwise, empty ones longer than 30
    days, and every box whose free time is over.""",
    SITE,
)  # fmt: skip
declare(
    "wrong place", "In the wrong place", "boxes",
    """Boxes that stand elsewhere than planned, dangerous goods outside the blocks for them, and working reefers that
    are not plugged in and stand where no plug is. One for which a move is ordered calls for nobody.""",
    SITE,
)  # fmt: skip
declare(
    "overweight", "Overweight", "boxes",
    """Verified gross mass, else the declared one, over what the site handles for the length of the box; or a verified
    one that differs from the declared one by more than the site allows, 5 % unless it says otherwise.""",
    SITE,
)  # fmt: skip
declare(
    "held", "Held", "boxes",
    """Boxes in the yard with a hold other than customs, since the first version this cache took in with it. One that is
    on a train is worth watching.""",
    SITE,
)  # fmt: skip
declare(
    "empties short", "Empties short", "boxes",
    """Empties of the type and owner asked for by bookings in the next 72 hours, less the sound ones of that owner in
    stack; what is missing is taken from the shared pool of the type as far as that reaches, soonest wanted first.
    Bookings that name no owner take shared ones. Surplus is what is left over of an owner's own. A local code
    counts as the size-type it is read as.""",
    "definition 19",
)  # fmt: skip
declare(
    "crane rate", "Moves of a crane", "moves/h",
    "Moves of the last hour, as its own system gives them, beside its norm; interventions are those of this shift.",
    SITE,
)  # fmt: skip
declare(
    "rehandle backlog", "Rehandle backlog", "boxes",
    """Distinct boxes to be moved before the ready boxes of the trains of the next 12 hours can be; a box that stands on
    several of them counts once.""",
    "definition 13",
)  # fmt: skip
declare(
    "rehandle ratio", "Rehandle ratio", "%",
    "Rehandles of all moves done in the last 12 hours; unknown without any.",
    "definition 13",
)  # fmt: skip
declare(
    "data quality", "Data quality", "findings",
    """Boxes whose data cannot be right: a check digit or a number that fails ISO 6346, a size-type that is not of it,
    two boxes in one slot, a box over an empty tier, a position outside its block, a block nobody knows, a 40-foot box
    in an odd bay or a 20-foot one in an even bay, a box on a wagon and in the yard at once. They are kept as they came,
    and every total counts each box once.""",
    "definition 11",
)  # fmt: skip
