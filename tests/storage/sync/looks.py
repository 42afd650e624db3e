"""What may happen to a box behind everybody's back, and a syncer whose daily look goes on when it is told to."""

from dataclasses import dataclass, field

from sqlmodel import select

from storage.models import Container, FeedState
from storage.sync.intake import Intake
from storage.sync.leader import Lead
from storage.sync.review import Review
from storage.sync.schedule import attempt
from storage.upstreams.native import NativeUpstream
from tests.storage.gateway import Gateway
from tests.storage.sync.conftest import Harness

ALTERED = "Put right: 1 record that had changed on the disk (have it looked at)."
MISSED = "Put right: 1 record that had missed a change (have the source's change log looked at)."
DAMAGE = {
    "a letter": ("UPDATE containers SET remark = 'as it wqs' WHERE id = 'b1'", ALTERED),
    "a number": ("UPDATE containers SET gross_kg = 90000 WHERE id = 'b1'", ALTERED),
    "a value that went": ("UPDATE containers SET remark = NULL WHERE id = 'b1'", ALTERED),
    "a value that came": ("UPDATE containers SET bay = 3 WHERE id = 'b1'", ALTERED),
    "a time": ("UPDATE containers SET changed_at = changed_at + 4096 WHERE id = 'b1'", ALTERED),
    "a flag of our own": ("UPDATE containers SET flags = 'check_digit' WHERE id = 'b1'", ALTERED),
    "the name of the source": ("UPDATE containers SET source = 'gatewax' WHERE id = 'b1'", ALTERED),
    "a revision ahead of the source": ("UPDATE containers SET rev = 33554433 WHERE id = 'b1'", ALTERED),
    "a revision behind it": ("UPDATE containers SET rev = 0 WHERE id = 'b1'", MISSED),
    "a row too few": ("DELETE FROM containers WHERE id = 'b1'", MISSED),
}
"""What becomes of a row, and what is said of it."""


def run(harness: Harness, sql: str) -> None:
    """As damage does it: nothing that knows of records takes part."""
    with harness.cache.write() as session:
        session.connection().exec_driver_sql(sql)


def whole_rows(harness: Harness) -> dict[str, dict[str, object]]:
    """The boxes in every column but when they were observed."""
    with harness.cache.read() as session:
        return {box.id: box.model_dump(exclude={"observed"}) for box in session.exec(select(Container))}


def findings(harness: Harness) -> dict[str, str]:
    """What was found in each feed."""
    with harness.cache.read() as session:
        return {state.feed: state.mended for state in session.exec(select(FeedState)) if state.mended}


def box_requests(harness: Harness) -> list[dict[str, str]]:
    """The headers of each request for pages of boxes."""
    return [request.headers for request in harness.server.requests if "/containers/" in request.path]


@dataclass
class Follower:
    """A syncer that has loaded everything; it polls, and goes on with its look, only when it is told to."""

    harness: Harness
    lead: Lead
    upstream: NativeUpstream
    said: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.restart()

    def restart(self) -> None:
        """As after a crash: all that is known is what was written down."""
        self.intake = Intake(self.lead, self.harness.settings, 5.0)
        self.review = Review(self.upstream, self.intake, self.said.append)

    async def poll(self) -> None:
        await attempt(self.upstream, self.intake)

    async def look(self) -> int:
        """Go on to the end, with a poll before each step; gives the steps."""
        steps = 0
        await self.poll()
        while await self.review.go_on():
            steps += 1
            await self.poll()
        return steps

    async def boxes_begun(self) -> None:
        """Go on until the cut of the boxes is pinned, and poll once more."""
        await self.poll()
        while self.intake.moved is None or self.intake.moved.feed != "containers":
            assert await self.review.go_on()
            await self.poll()

    @property
    def gateway(self) -> Gateway:
        return self.harness.gateway
