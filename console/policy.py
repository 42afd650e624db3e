"""`[site.NAME.policy]` of the settings: the site's own rules, each key a field of `Policy` with its unit in the name.

The keys come from the fields, so that a rule that figures know can be set, and none can that they do not know. Only
what is given is changed; a table that is given (lanes, classes) stands for the whole of the default one.
"""

from collections.abc import Callable, Mapping
from dataclasses import fields, replace
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Any, NamedTuple, NoReturn

import msgspec

from storage.errors import SettingsError
from storage.figures.hours import read_hours
from storage.figures.policy import DEFAULT, Policy

MINUTES, HOURS, DAYS = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
SPANS: Mapping[str, tuple[str, timedelta]] = {
    "warning": ("h", HOURS),
    "reefer_silent": ("h", HOURS),
    "long_stay": ("days", DAYS),
    "long_stay_empty": ("days", DAYS),
}
"""Times that are not given in minutes."""
UNITS = {"reefer_tolerance": "k", "weight_differs": "share"}
"""Units of plain numbers whose names do not say them."""
ELSEWHERE = ("zone",)
"""Fields that have a setting of their own: `timezone` of the site."""

Amount = Annotated[float, msgspec.Meta(ge=0, le=1_000_000)]
Count = Annotated[int, msgspec.Meta(ge=0, le=1_000_000)]


class Setting(NamedTuple):
    """How a field is set: the key, what may stand there, and what the figures get of it."""

    key: str
    kind: Any
    read: Callable[[Any], Any]


def _setting(name: str, default: object) -> Setting:
    """`TypeError` for a field of a kind that no setting can hold yet."""
    suffix, unit = SPANS.get(name, ("min", MINUTES))
    if name == "segregation":
        return Setting("segregation_file", str, lambda path: path)
    if isinstance(default, timedelta):
        return Setting(f"{name}_{suffix}", Amount, lambda amount: amount * unit)
    if isinstance(default, bool | str):
        return Setting(name, type(default), lambda value: value)
    if isinstance(default, float):
        return Setting("_".join(filter(None, (name, UNITS.get(name)))), Amount, lambda value: value)
    if isinstance(default, int):
        return Setting(name, Count, lambda value: value)
    if isinstance(default, Mapping) and all(isinstance(each, timedelta) for each in default.values()):
        return Setting(f"{name}_{suffix}", dict[str, Amount], lambda table: {k: v * unit for k, v in table.items()})
    if isinstance(default, Mapping):
        return Setting(name, dict[str, Count], lambda table: table)
    raise TypeError(f"no setting can hold {name} of a policy")


SETTINGS: Mapping[str, Setting] = {
    each.name: _setting(each.name, getattr(DEFAULT, each.name)) for each in fields(Policy) if each.name not in ELSEWHERE
}
"""Field of `Policy` to its setting."""

PolicyTable = msgspec.defstruct(
    "PolicyTable", [(each.key, each.kind | None, None) for each in SETTINGS.values()], frozen=True, kw_only=True
)
"""The table as it stands in the file; what is not given is None."""


def policy_of(table: msgspec.Struct, folder: Path, refuse: Callable[[str, str], NoReturn]) -> Policy:
    """The rules of a `PolicyTable`; paths count from `folder`.

    `refuse(key, sentence)` raises for what has the right type and makes no sense.
    """
    given = {name: getattr(table, each.key) for name, each in SETTINGS.items()}
    changed = {name: SETTINGS[name].read(value) for name, value in given.items() if value is not None}
    if "office_hours" in changed and not read_hours(changed["office_hours"], DEFAULT.zone).windows:
        refuse("office_hours", "office_hours are no hours: write them as 08:30-12:00,13:30-19:00.")
    if changed.get("teu_45", DEFAULT.teu_45) < 1:
        refuse("teu_45", "teu_45 is what a 45-foot box counts in TEU: 2 or 2.25.")
    if changed.get("weight_differs", 0.0) > 1:
        refuse("weight_differs_share", "weight_differs_share is a share: 0.05 for 5 %.")
    if "segregation" in changed:
        from storage.figures.segregation import read_table

        try:
            changed["segregation"] = read_table(folder / Path(changed["segregation"]).expanduser())
        except SettingsError as error:
            refuse("segregation_file", str(error))
    return replace(DEFAULT, **changed)
