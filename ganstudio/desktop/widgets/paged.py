"""A panel of several pages, of which its header chooses one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import Slot
from PySide6.QtWidgets import QStackedWidget, QWidget

from ganstudio.desktop.widgets.panel import Panel
from ganstudio.desktop.widgets.segmented import Segmented


@dataclass(frozen=True)
class Page:
    """What a page is called, what it shows, and its tools at the right of the header while it is shown."""

    key: str
    title: str
    content: QWidget
    tools: Sequence[QWidget] = ()


class PagedPanel(Panel):
    """Pages in one place, each a click away; the first is shown."""

    def __init__(self, name: str, pages: Sequence[Page], *, parent: QWidget | None = None) -> None:
        super().__init__("", parent=parent)
        self.setAccessibleName(name)
        self._pages = {page.key: page for page in pages}
        self._choice = Segmented([(page.key, page.title) for page in pages], name=name, parent=self)
        self._stack = QStackedWidget(self)
        self._title.hide()
        self.add_header_widget(self._choice, left=True)
        self._left.setContentsMargins(0, 0, 0, 0)
        for page in pages:
            self._stack.addWidget(page.content)
            for tool in page.tools:
                self.add_header_widget(tool)
        self.body.setContentsMargins(0, 0, 0, 0)
        self.body.addWidget(self._stack)
        self._choice.chosen.connect(self.show_page)
        self.show_page(pages[0].key)

    def current(self) -> str:
        """The key of the page that is shown."""
        return self._choice.current()

    @Slot(str)
    def show_page(self, key: str) -> None:
        """Show the page `key`; KeyError when there is none."""
        self._choice.set_current(key)
        self._stack.setCurrentWidget(self._pages[key].content)
        for page in self._pages.values():
            for tool in page.tools:
                tool.setVisible(page.key == key)
