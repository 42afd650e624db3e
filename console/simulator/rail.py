"""The railway side: trains are announced by the timetable, come, are worked and go."""

from console.simulator.arrivals import Arrivals
from console.simulator.departures import Departures
from console.simulator.services import TIMETABLE, Service
from console.simulator.terminal import FULL_SIZE, HOUR, Steps, Terminal, local_day, local_moment
from console.simulator.tracks import Tracks
from console.simulator.visits import Visit, cutoffs_of, make_rake, voyage_of

ANNOUNCED_H = 40
"""Visits are in the feed this long before they begin."""
BUSY_FROM = 2 * FULL_SIZE
"""Containers from which the busy timetable runs."""


class Rail:
    """Announces visits day by day, and lets each run."""

    def __init__(self, terminal: Terminal, tracks: Tracks, arrivals: Arrivals, departures: Departures) -> None:
        self._terminal, self._tracks = terminal, tracks
        self._arrivals, self._departures = arrivals, departures
        self.visits = departures.bookings.visits
        self._latest: dict[str, list[Visit]] = {}
        terminal.start(self._follow_timetable())

    def _follow_timetable(self) -> Steps:
        """Every quarter of an hour, announce what has come within reach, in order of time."""
        begins = self._terminal.seconds
        services = [each for each in TIMETABLE if not each.busy_only or self._terminal.containers >= BUSY_FROM]
        upcoming = {service.key: local_day(begins) - 1 for service in services}
        while True:
            horizon = self._terminal.seconds + ANNOUNCED_H * HOUR
            due = []
            for service in services:
                while (planned := planned_time(service, upcoming[service.key])) <= horizon:
                    if planned - service.stay_min * 60 > begins + HOUR:
                        due.append((planned, service, upcoming[service.key]))
                    upcoming[service.key] += 1
            for planned, service, day in sorted(due, key=lambda each: each[0]):
                self._announce(Visit(self._terminal, service, day, planned))
            yield self._terminal.wait(HOUR / 4)

    def _announce(self, visit: Visit) -> None:
        train, log = visit.train, self._terminal.log
        self.visits[train.id] = visit
        rake_from = self._rake_from(visit)
        self._latest.setdefault(visit.service.key, []).append(visit)
        if rake_from is not None:
            rake_from.successor = visit
            train.turned_from = rake_from.train.id
            self._tracks.assign(train, rake_from.train.track or "", visit.begins, visit.ends)
        else:
            self._tracks.plan(train, visit.service.line.tracks, visit.begins, visit.ends)
        voyage = voyage_of(visit)
        if voyage is not None:
            train.voyage_id = voyage.id
            log.upsert(voyage)
        visit.stop_here.track = train.track
        log.upsert(train)
        for record in (*visit.stops, *(cutoffs_of(visit) if visit.service.outbound else ())):
            log.upsert(record)
        if not visit.service.outbound:
            visit.wagons = make_rake(self._terminal, visit)
            for wagon in visit.wagons:
                log.upsert(wagon)
        runner = self._departures if visit.service.outbound else self._arrivals
        self._terminal.start(runner.run(visit))

    def _rake_from(self, visit: Visit) -> Visit | None:
        """The arrival whose rake a departure takes, when the timetable says so and it has been announced."""
        candidates = self._latest.get(visit.service.turned_from or "", [])
        return next((arrival for arrival in reversed(candidates) if arrival.ends == visit.begins), None)


def planned_time(service: Service, day: int) -> int:
    """Planned arrival or departure of the run of a local day, seconds."""
    hours, minutes = service.time.split(":")
    return local_moment(day, int(hours) + int(minutes) / 60)
