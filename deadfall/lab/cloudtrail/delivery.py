"""Delivery of CloudTrail records: event history, EventBridge, log groups and log files.

Records are created while their request is handled and delivered afterwards, in order per account. Delivery runs on the
server's event loop, like MiniStack's state changes, so it never reads a state that is being changed.
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
# On AWS, the log group receives a record minutes after EventBridge (docs/aws-facts.md, trail-to-log-group-delay). The
# lab preserves that order, not the delay.
_LOG_GROUP_SECONDS = 2.0
_logger = logging.getLogger(__name__)

Record = dict[str, Any]


class Delivery:
    """Delivers records with one queue and one worker per account.

    Records that a trail covers are published to `event_bus`. `event_history` receives every record immediately; it
    needs no trail.
    """

    def __init__(self, journal: Journal, event_bus: EventBus) -> None:
        self.event_history = EventHistory()
        self._journal = journal
        self._event_bus = event_bus
        self._queues: dict[str, asyncio.Queue[Record]] = {}
        self._workers: list[asyncio.Task[None]] = []
        self._log_deliveries: set[asyncio.Task[None]] = set()
        self._archive = Archive(journal)

    def submit(self, record: Record) -> None:
        """Queue a record for delivery. Call it on the event loop."""
        self._journal.add("record", record=record)
        self.event_history.add(record)
        account = record["recipientAccountId"]
        if account not in self._queues:
            self._queues[account] = asyncio.Queue()
            self._workers.append(asyncio.create_task(self._work(self._queues[account])))
        self._queues[account].put_nowait(record)

    async def settle(self) -> None:
        """Wait until every record submitted so far is delivered everywhere, log files included."""
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
                # A record that cannot be delivered must not block later ones.
                self._record_failure(record)
            finally:
                queue.task_done()
            await asyncio.sleep(0)

    def deliver(self, record: Record) -> None:
        """Deliver a record to every trail that covers it, and to EventBridge if there is such a trail.

        Without a logging trail, EventBridge receives nothing (docs/aws-facts.md, eventbridge-needs-logging-trail).
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
            self._record_failure(record)

    def _record_failure(self, record: Record) -> None:
        _logger.exception("record %s was not delivered", record["eventID"])
        self._journal.add("undelivered", event_id=record["eventID"])
