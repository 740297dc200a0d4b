"""A workspace that only knows whether it was closed."""

from dataclasses import dataclass, field


@dataclass
class FakeWorkspace:
    closed: list = field(default_factory=list)

    @property
    def engine(self):
        return self

    def dispose(self):
        self.closed.append(True)
