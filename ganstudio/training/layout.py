"""How the samples of a run are laid out: one class a row where there are classes. Imports no torch."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class GridLayout:
    """`count` samples; of `group` at a time that belong together, in rows of the grid. 0: every sample for itself.

    With classes and a group, each group is one class, and the same latents run through all of them: a column shows one
    latent as every class. With fewer samples than classes, they take the classes in turn.
    """

    count: int
    group: int = 0
    num_classes: int = 0

    @staticmethod
    def of(samples: int, num_classes: int) -> GridLayout:
        """The layout of up to `samples` samples of a game with `num_classes` classes (0: none)."""
        if num_classes and samples >= num_classes:
            group = samples // num_classes
            return GridLayout(group * num_classes, group, num_classes)
        return GridLayout(samples, 0, num_classes)

    @property
    def latents(self) -> int:
        """Different latents in the grid."""
        return self.group or self.count

    def latent(self, index: int) -> int:
        """Which of the latents sample `index` is drawn from."""
        return index % self.latents

    def label(self, index: int) -> int | None:
        """The class of sample `index`; None where there are none."""
        if not self.num_classes:
            return None
        return index // self.group if self.group else index % self.num_classes
