"""The walk through key frames: played, changed, filled and saved."""

from __future__ import annotations

import functools
import time
from collections.abc import Callable

from PySide6.QtCore import Qt, QTimer, Signal, Slot
from PySide6.QtGui import QActionGroup
from PySide6.QtWidgets import QHBoxLayout, QMenu, QWidget

from ganstudio.desktop import format as fmt
from ganstudio.desktop import theme
from ganstudio.desktop.explore.walk.timeline import WalkTimeline, key_name
from ganstudio.desktop.widgets.buttons import Button, IconButton
from ganstudio.desktop.widgets.panel import Panel, label
from ganstudio.desktop.widgets.segmented import Segmented
from ganstudio.latent.walks import MOST_KEYS, Walk

RATES = (15, 24, 30, 60)
"""Frames a second to choose from."""
SPEEDS = (0.25, 0.5, 1.0, 2.0, 4.0)
GIF_RATES = {60: 30}
"""GIF counts hundredths of a second: 60 frames in one are too many."""
_COUNTS = (4, 8, 16)


class WalkPanel(Panel):
    """The timeline, Play, and what changes and saves the walk. It animates only while it plays."""

    moved = Signal(float)
    """Show the latent at this second; while it plays as often as frames are wanted."""
    released = Signal()
    kind_chosen = Signal(str)
    loop_chosen = Signal(bool)
    add_requested = Signal()
    delete_requested = Signal(int)
    replace_requested = Signal(int)
    """Put the image that is shown at a key frame."""
    fresh_requested = Signal(int)
    """Put a new latent at a key frame."""
    reverse_requested = Signal()
    even_requested = Signal()
    fill_requested = Signal(str, int)
    """``"random"`` or ``"circle"``, and how many key frames."""
    save_requested = Signal(str)
    """``"png"``, ``"gif"``, ``"mp4"`` or ``"json"``."""
    open_requested = Signal()
    cancel_requested = Signal()
    pace_chosen = Signal()
    """Another `rate` or `speed`."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("Walk", parent=parent)
        self.timeline = WalkTimeline(self)
        self.kind = Segmented(
            [("linear", "Linear"), ("spherical", "Spherical")],
            name="Walk",
            tooltips={
                "linear": "Straight from key to key; half way the latent is shorter than any that was trained on",
                "spherical": "Along the sphere on which normal latents lie, at constant speed",
            },
        )
        self.kind.set_current("spherical")
        self.rate, self.speed = 30, 1.0
        self._note = label("", "subtitle")
        self._save = Button("GIF, MP4", "export", small=True)
        self._back = IconButton("caret-left", "Go to the key before (Ctrl+Left on the timeline)", role="raised")
        self.play = Button("Play", "play", "primary", small=True, tooltip="Play the walk (Space)")
        self._on = IconButton("caret-right", "Go to the next key (Ctrl+Right on the timeline)", role="raised")
        self.loop = IconButton("repeat", "Return to key A at the end", role="raised", checkable=True)
        self._time, self._share = label("", "number"), label("", "subtitle")
        self._add = Button(
            "Add this image as key", "diamond", "flat", small=True, tooltip="A new key frame where the playhead stands"
        )
        self._delete = Button("Delete key", "trash", "flat", small=True)
        self._more = IconButton("dots-three", "More for the walk")
        self._timer = QTimer(self, timerType=Qt.TimerType.PreciseTimer)
        self._began, self._from = 0.0, 0.0
        self._ready = self._exporting = False
        self._lay_out()
        self._connect()
        self.set_pace(30, 1.0)
        self.set_export(None)
        self.set_walk(None)

    @property
    def is_playing(self) -> bool:
        """Whether it moves by itself."""
        return self._timer.isActive()

    @property
    def chosen_key(self) -> int | None:
        """The key frame in hand, else the one at the playhead; None when there is neither."""
        walk, chosen = self.timeline.walk, self.timeline.chosen_key
        return (
            walk.key_at(self.timeline.position) if walk is not None and chosen < 0 else None if chosen < 0 else chosen
        )

    def set_walk(self, walk: Walk | None) -> None:
        """Show a walk, or that there is nothing to walk through."""
        self._ready = walk is not None
        self.timeline.set_walk(walk)
        for part in (self.timeline, self.play, self._back, self._on, self.loop, self._more, self.kind, self._save):
            part.setEnabled(self._ready)
        if walk is None:
            self.stop()
        else:
            self.kind.set_current(walk.kind)
            self.loop.setChecked(walk.loop)
        self._show_note()
        self._show_position()

    def set_position(self, position: float | None) -> None:
        """Show the second at which the latent lies, without telling; None when it lies off the walk."""
        self.timeline.set_on_walk(position is not None)
        if position is not None:
            self.timeline.set_position(position)
        self._show_position()

    def set_pace(self, rate: int, speed: float) -> None:
        """Frames a second and how fast time goes; one that is not offered is left out."""
        self.rate = rate if rate in RATES else self.rate
        self.speed = speed if speed in SPEEDS else self.speed
        self._timer.setInterval(round(1000 / self.rate))
        for group, value in ((self._rates, self.rate), (self._speeds, self.speed)):
            for action in group.actions():
                action.setChecked(action.data() == value)
        self._gif.setText(f"Animation as GIF, {GIF_RATES.get(self.rate, self.rate)} frames/s…")
        self._mp4.setText(f"Animation as MP4, {self.rate} frames/s…")
        self._show_note()

    def set_export(self, share: float | None) -> None:
        """How far a file that is being saved has come, 0 to 1; None when none is."""
        self._exporting = share is not None
        self._save.setText("GIF, MP4" if share is None else f"Cancel, {round(share * 100)} %")
        self._save.setAccessibleName("Save the walk" if share is None else self._save.text())
        self._save.setToolTip("Save the walk as an animation, a strip or key frames" if share is None else "Break off")

    @Slot()
    def toggle(self) -> None:
        """Play, or stop where it is."""
        walk = self.timeline.walk
        if self.is_playing:
            self.stop()
        elif walk is not None:
            self._from = 0.0 if self.timeline.position >= walk.duration - 1e-6 else self.timeline.position
            self._began = time.monotonic()
            self._timer.start()
            self._show_play()

    def stop(self) -> None:
        """Stay where it is."""
        if self._timer.isActive():
            self._timer.stop()
            self._show_play()
            self.released.emit()

    # building

    def _lay_out(self) -> None:
        self.add_header_widget(self.kind, left=True)
        for widget in (self._note, self._save, self._more):
            self.add_header_widget(widget)
        row = QHBoxLayout()
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(4)
        for widget in (self._back, self.play, self._on, self.loop):
            row.addWidget(widget)
        row.addSpacing(8)
        row.addWidget(self._time)
        row.addSpacing(4)
        row.addWidget(self._share)
        row.addStretch(1)
        row.addWidget(self._add)
        row.addWidget(self._delete)
        self.body.setContentsMargins(12, 12, 12, 12)
        self.body.setSpacing(8)
        self.body.addWidget(self.timeline, 1)
        self.body.addLayout(row)
        self._menu = QMenu(self)
        self._gif = self._menu.addAction(theme.icon("film-strip", "ink2"), "", self._asks("gif"))
        self._mp4 = self._menu.addAction(theme.icon("film-strip", "ink2"), "", self._asks("mp4"))
        self._menu.addAction(theme.icon("rows", "ink2"), "Strip as PNG…", self._asks("png"))
        self._menu.addAction(theme.icon("diamond", "ink2"), "Key frames as JSON…", self._asks("json"))
        self._more.setMenu(self._make_more())
        self._more.setPopupMode(IconButton.ToolButtonPopupMode.InstantPopup)

    def _asks(self, kind: str) -> Callable[[], None]:
        return lambda: self.save_requested.emit(kind)

    def _make_more(self) -> QMenu:
        menu = QMenu(self)
        self._put_here = menu.addAction(theme.icon("diamond", "ink2"), "", self._on_replace)
        self._put_new = menu.addAction(theme.icon("dice-five", "ink2"), "", self._on_fresh)
        menu.addSeparator()
        menu.addAction(theme.icon("swap", "ink2"), "Reverse the walk", self.reverse_requested.emit)
        menu.addAction(theme.icon("arrows-out-line-horizontal", "ink2"), "Space keys evenly", self.even_requested.emit)
        self._add_fills(menu, "shuffle", "Random walk from here", "random")
        self._add_fills(menu, "circle", "Circular walk through this", "circle")
        menu.addSeparator()
        self._rates = self._add_choices(menu, "Frames a second", [(f"{rate}", rate) for rate in RATES])
        self._speeds = self._add_choices(menu, "Speed", [(f"×{speed:g}", speed) for speed in SPEEDS])
        menu.addSeparator()
        menu.addAction(theme.icon("folder-open", "ink2"), "Open key frames…", self.open_requested.emit)
        menu.aboutToShow.connect(self._name_actions)
        return menu

    def _add_fills(self, menu: QMenu, icon: str, title: str, which: str) -> None:
        inner = menu.addMenu(theme.icon(icon, "ink2"), title)
        for count in _COUNTS:
            inner.addAction(f"{count} keys", functools.partial(self.fill_requested.emit, which, count))

    def _add_choices(self, menu: QMenu, title: str, choices: list[tuple[str, float]]) -> QActionGroup:
        inner, group = menu.addMenu(title), QActionGroup(menu)
        for text, value in choices:
            action = inner.addAction(text)
            action.setCheckable(True)
            action.setData(value)
            group.addAction(action)
        group.triggered.connect(self._on_pace)
        return group

    def _connect(self) -> None:
        timeline = self.timeline
        self._timer.timeout.connect(self._on_frame)
        timeline.moved.connect(self._on_moved)
        timeline.released.connect(self.released)
        timeline.chosen.connect(self._show_position)
        timeline.add_requested.connect(self.add_requested)
        timeline.delete_requested.connect(self.delete_requested)
        self.kind.chosen.connect(self.kind_chosen)
        self.loop.clicked.connect(self.loop_chosen)
        self.play.clicked.connect(self.toggle)
        self._back.clicked.connect(lambda: self._jump(-1))
        self._on.clicked.connect(lambda: self._jump(1))
        self._add.clicked.connect(self.add_requested)
        self._delete.clicked.connect(self._on_delete)
        self._save.clicked.connect(self._on_save)

    # showing

    @Slot()
    def _show_position(self) -> None:
        walk, position = self.timeline.walk, self.timeline.position
        chosen = self.chosen_key
        enough = walk is not None and len(walk.keys) > 2
        self._add.setEnabled(walk is not None and len(walk.keys) < MOST_KEYS)
        self._delete.setEnabled(chosen is not None and enough)
        name = "" if chosen is None else f" {key_name(chosen)}"
        self._delete.setToolTip(
            f"Take key{name} out of the walk (Delete on the timeline)"
            if self._delete.isEnabled() or enough
            else "A walk has two key frames at least"
        )
        if walk is None:
            self._time.setText("")
            self._share.setText("")
            return
        index, share = walk.where(position)
        ends = f"{key_name(index)} → {key_name((index + 1) % len(walk.keys))}"
        self._time.setText(f"{fmt.number(position, 2)} s")
        at = walk.key_at(position)
        self._share.setText(f"{ends}, {round(share * 100)} %" if at is None else f"key {key_name(at)}")

    def _show_note(self) -> None:
        walk = self.timeline.walk
        words = [f"{self.rate} frames/s"]
        words += [f"×{self.speed:g}"] if self.speed != 1.0 else []
        words += ["loops"] if walk is not None and walk.loop else []
        self._note.setText(", ".join(words))

    def _show_play(self) -> None:
        playing = self.is_playing
        self.play.setText("Pause" if playing else "Play")
        self.play.setAccessibleName(self.play.text())
        self.play.set_icon("pause" if playing else "play")

    @Slot()
    def _name_actions(self) -> None:
        chosen = self.chosen_key
        name = "at the key in hand" if chosen is None else f"at key {key_name(chosen)}"
        self._put_here.setText(f"Put this image {name}")
        self._put_new.setText(f"New latent {name}")
        for action in (self._put_here, self._put_new):
            action.setEnabled(chosen is not None)

    # what a person does

    @Slot()
    def _on_frame(self) -> None:
        """Where the walk stands by the clock: a late frame is left out, not made up for."""
        walk = self.timeline.walk
        if walk is None:
            return
        position = self._from + (time.monotonic() - self._began) * self.speed
        over = position >= walk.duration
        position = position % walk.duration if walk.loop else min(position, walk.duration)
        self.timeline.set_position(position)
        self._show_position()
        self.moved.emit(position)
        if over and not walk.loop:
            self.stop()

    @Slot(float)
    def _on_moved(self, position: float) -> None:
        self.stop()
        self._show_position()
        self.moved.emit(position)

    def _jump(self, way: int) -> None:
        self.stop()
        self.timeline.go_to_key(way)

    @Slot()
    def _on_delete(self) -> None:
        if (chosen := self.chosen_key) is not None:
            self.delete_requested.emit(chosen)

    @Slot()
    def _on_replace(self) -> None:
        if (chosen := self.chosen_key) is not None:
            self.replace_requested.emit(chosen)

    @Slot()
    def _on_fresh(self) -> None:
        if (chosen := self.chosen_key) is not None:
            self.fresh_requested.emit(chosen)

    @Slot()
    def _on_pace(self) -> None:
        rates, speeds = self._rates.checkedAction(), self._speeds.checkedAction()
        if self.is_playing:
            self._from, self._began = self.timeline.position, time.monotonic()
        self.set_pace(rates.data(), speeds.data())
        self.pace_chosen.emit()

    @Slot()
    def _on_save(self) -> None:
        if self._exporting:
            self.cancel_requested.emit()
        else:
            self._menu.popup(self._save.mapToGlobal(self._save.rect().bottomLeft()))
