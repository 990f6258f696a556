"""The lab's journal: an append-only list of what it did, for tests, the demo and the feed."""

import threading
import time
from typing import Any


class Journal:
    """Entries `{"seq", "time" (epoch seconds), "kind", ...}` in order of occurrence. Thread-safe."""

    def __init__(self) -> None:
        self._entries: list[dict[str, Any]] = []
        self._lock = threading.Lock()

    def add(self, kind: str, **details: Any) -> None:
        with self._lock:
            self._entries.append({"seq": len(self._entries) + 1, "time": time.time(), "kind": kind, **details})

    def since(self, seq: int = 0) -> list[dict[str, Any]]:
        """Return every entry after number `seq`."""
        with self._lock:
            return self._entries[max(seq, 0) :]
