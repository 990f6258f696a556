"""The days of a hunt."""

import re
from dataclasses import dataclass
from datetime import date, timedelta

_DAY = re.compile(r"(?:^|/)(\d{4})/(\d\d)/(\d\d)/")


@dataclass(frozen=True)
class Span:
    """The days from `since` to `until`, both included, in UTC; None leaves an end open."""

    since: date | None = None
    until: date | None = None

    @property
    def open(self) -> bool:
        return self.since is None and self.until is None

    @property
    def first(self) -> str | None:
        """The smallest `eventTime` in the span, as text."""
        return self.since.isoformat() if self.since else None

    @property
    def end(self) -> str | None:
        """The smallest `eventTime` after the span, as text."""
        return (self.until + timedelta(days=1)).isoformat() if self.until else None

    @property
    def last_folder(self) -> date | None:
        """The last day whose folder may have records of the span.

        CloudTrail files a record under the day on which it writes the file, minutes (rarely hours) after the event, so
        a record from before midnight may be in the next day's folder.
        """
        return self.until + timedelta(days=1) if self.until else None

    def may_hold(self, path: str) -> bool:
        """Return whether a file may have records of the span, by the last YYYY/MM/DD in its path, if any."""
        days = _DAY.findall(path)
        try:
            day = date(*map(int, days[-1])) if days else None
        except ValueError:
            day = None
        if day is None:
            return True
        return (self.since is None or day >= self.since) and (self.last_folder is None or day <= self.last_folder)
