"""One line of the table."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Figure:
    """One measured value and, of the same run, the least that it could be or what it compares with."""

    name: str
    value: float
    unit: str = ""
    floor: float | None = None
    because: str = ""
    """What the floor is; without one, how to read the value."""

    def row(self) -> tuple[str, str, str, str, str]:
        """Give its line of the table."""
        floor = "" if self.floor is None else f"{self.floor:.4g}"
        ratio = f"{self.value / self.floor:.1f}" if self.floor else ""
        return self.name, f"{self.value:.4g} {self.unit}".strip(), floor, ratio, self.because
