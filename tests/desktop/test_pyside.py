"""The PySide6 that is installed counts references right; 6.12.0 on Python 3.11 does not, and aborts after a while."""

from __future__ import annotations

import sys

import pytest
from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QLabel
from pytestqt.qtbot import QtBot

ROUNDS = 10_000


class _Sender(QObject):
    sent = Signal(object)


@pytest.mark.skipif(sys.version_info >= (3, 12), reason="None is immortal from Python 3.12 on")
def test_that_calls_lose_no_reference_to_none(qtbot: QtBot) -> None:
    label, sender = QLabel(), _Sender()
    qtbot.addWidget(label)
    before = sys.getrefcount(None)
    for _ in range(ROUNDS):
        label.setText("x")
        sender.sent.emit(None)
    assert abs(sys.getrefcount(None) - before) < ROUNDS // 10
