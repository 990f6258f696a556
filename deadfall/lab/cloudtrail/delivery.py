"""From a finished call to everything that CloudTrail does with its record.

Records are made on the request's path and delivered off it, in order per account, on the server's own event loop (where
MiniStack changes its state too, so nothing is read while it changes).
"""

import asyncio
import logging
from typing import Any

from ..account import trails
from ..event_bus import EventBus, cloudtrail_event
from ..journal import Journal
from . import log_group
from .archive import Archive
from .event_history import EventHistory
from .trail import covers

_BATCH_SECONDS = 0.3
# On AWS a record reaches the log group minutes after EventBridge (docs/aws.md): the lab keeps that order, not the time.
_LOG_GROUP_SECONDS = 2.0
_logger = logging.getLogger(__name__)

Record = dict[str, Any]


class Delivery:
    """One queue and one worker per account. `event_bus` is where covered records are published; `event_history` has
    every record at once, for it needs no trail."""

    def __init__(self, journal: Journal, event_bus: EventBus) -> None:
        self.event_history = EventHistory()
        self._journal = journal
        self._event_bus = event_bus
        self._queues: dict[str, asyncio.Queue[Record]] = {}
        self._workers: list[asyncio.Task[None]] = []
        self._log_deliveries: set[asyncio.Task[None]] = set()
        self._archive = Archive(journal)

    def submit(self, record: Record) -> None:
        """Hand over a record. Must be called on the event loop."""
        self._journal.add("record", record=record)
        self.event_history.add(record)
        account = record["recipientAccountId"]
        if account not in self._queues:
            self._queues[account] = asyncio.Queue()
            self._workers.append(asyncio.create_task(self._work(self._queues[account])))
        self._queues[account].put_nowait(record)

    async def settle(self) -> None:
        """Wait until every record submitted so far has gone everywhere, log files included."""
        for queue in list(self._queues.values()):
            await queue.join()
        while self._log_deliveries:
            await asyncio.gather(*self._log_deliveries)
        self._archive.flush()

    async def _work(self, queue: asyncio.Queue[Record]) -> None:
        while True:
            try:
                record = await asyncio.wait_for(queue.get(), _BATCH_SECONDS)
            except TimeoutError:
                self._archive.flush()
                continue
            try:
                self.deliver(record)
            except Exception:
                # One record that cannot be delivered must not silence those after it.
                self._undelivered(record)
            finally:
                queue.task_done()
            await asyncio.sleep(0)

    def deliver(self, record: Record) -> None:
        """Give one record to every trail that covers it, and to EventBridge if any does.

        Without a logging trail AWS delivers nothing, to EventBridge either (research/deception.md §2.1).
        """
        covering = [
            trail for trail, selectors in trails(record["recipientAccountId"]) if covers(trail, selectors, record)
        ]
        if not covering:
            return
        self._event_bus.publish(cloudtrail_event(record))
        for trail in covering:
            task = asyncio.create_task(self._deliver_to_log_group(trail, record))
            self._log_deliveries.add(task)
            task.add_done_callback(self._log_deliveries.discard)
            self._archive.add(trail, record)

    async def _deliver_to_log_group(self, trail: dict[str, Any], record: Record) -> None:
        await asyncio.sleep(_LOG_GROUP_SECONDS)
        try:
            log_group.deliver(trail, record, self._journal)
        except Exception:
            self._undelivered(record)

    def _undelivered(self, record: Record) -> None:
        _logger.exception("record %s was not delivered", record["eventID"])
        self._journal.add("undelivered", event_id=record["eventID"])
