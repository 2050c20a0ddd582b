"""Which checkpoint a fork or a roll-back begins with, asked of the person."""

from __future__ import annotations

from PySide6.QtWidgets import QInputDialog, QMessageBox, QWidget

from ganstudio.desktop import format as fmt


def ask_step(parent: QWidget, title: str, question: str, steps: list[int], near: int | None) -> int | None:
    """The step of one of the checkpoints `steps` (rising, at least one), the last up to `near` offered; None to leave
    it."""
    offered = max((index for index, step in enumerate(steps) if near is None or step <= near), default=0)
    labels = [f"Step {fmt.number(step)}" for step in steps]
    label, agreed = QInputDialog.getItem(parent, title, question, labels, offered, False)
    return steps[labels.index(label)] if agreed else None


def confirm_roll_back(parent: QWidget, step: int, lost: int) -> bool:
    """Whether the run may go back to `step` and give up `lost` steps for good."""
    box = QMessageBox(
        QMessageBox.Icon.Warning,
        f"Go back to step {fmt.number(step)}",
        f"{fmt.number(lost)} steps after step {fmt.number(step)} are deleted for good, with their checkpoints and "
        "samples. To keep them, stop the run and fork it instead.",
        QMessageBox.StandardButton.Cancel,
        parent,
    )
    agree = box.addButton("Go back", QMessageBox.ButtonRole.DestructiveRole)
    box.setDefaultButton(QMessageBox.StandardButton.Cancel)
    box.exec()
    return box.clickedButton() is agree
