"""Objectives as they are written, in the theme's colours: what D and G minimise with the loss and penalties chosen."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from PySide6.QtCore import QByteArray, QRectF, QSize
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtSvg import QSvgRenderer
from PySide6.QtWidgets import QSizePolicy, QWidget

from ganstudio import paths
from ganstudio.config import RunConfig
from ganstudio.desktop import theme
from ganstudio.variants import VARIANTS

_SMALLEST = 0.9
"""A line may be set at 13.5 px instead of 15 before it is broken."""
_INDENT = 30.0
_FOLLOWS = ("penalty-", "added-")
"""Names of drawings that go on with a line."""

Line = tuple[str, ...]


def objective_lines(config: RunConfig) -> tuple[Line, ...]:
    """The drawings that make up D's and G's objective, and what D is shown: names in ``resources/formulas``."""
    discriminator = (*_of_discriminator(config), *(f"penalty-{name}" for name in _penalties(config)))
    lines = [discriminator, _of_generator(config)]
    techniques = config.techniques
    views = (("augment", techniques.augment.policy != "none"), ("noise", techniques.instance_noise.sigma > 0))
    if any(on for _, on in views):
        lines.append(("-".join(["view", *(name for name, on in views if on)]),))
    return tuple(lines)


def _of_discriminator(config: RunConfig) -> Line:
    loss, ending = config.objective.loss, _ending(config)
    loss = "non-saturating" if loss == "saturating" else loss
    if loss == "non-saturating" and config.techniques.real_label != 1.0:
        return (f"smoothed-real{ending}", f"added-smoothed-real{ending}", f"added-{loss}-fake{ending}")
    if ending and loss not in {"wasserstein", "relativistic"}:
        return (f"{loss}-real{ending}", f"added-{loss}-fake{ending}")
    return (f"{loss}-discriminator{ending}",)


def _of_generator(config: RunConfig) -> Line:
    objective, ending = config.objective, _ending(config)
    loss = "wasserstein" if objective.loss == "hinge" else objective.loss
    added = []
    if ending == "-translated":
        added += [f"added-{name}" for name in ("cycle", "identity") if getattr(objective, name) and objective.cycle]
    if config.techniques.feature_matching.weight:
        added.append("added-feature-matching")
    if objective.orthogonal:
        added.append("added-orthogonal")
    first: Line = (f"{loss}-generator{ending}",)
    content = [name for name in ("perceptual", "pixels") if getattr(objective, name)]
    if ending == "-enlarged" and content:
        adversarial = (f"added-{loss}-generator-enlarged",) if objective.adversarial else ()
        first = (f"{content[0]}-generator", *(f"added-{name}" for name in content[1:]), *adversarial)
    return (*first, *added)


def _penalties(config: RunConfig) -> Iterator[str]:
    penalties, weights = config.objective.penalties, config.objective
    for name in ("gradient", "one_sided", "zero_centred"):
        if getattr(penalties, name).weight:
            yield name.replace("_", "-")
    r1, r2 = penalties.r1.weight, penalties.r2.weight
    if r1 and r1 == r2:
        yield "r1-r2"
    else:
        yield from (name for name, weight in (("r1", r1), ("r2", r2)) if weight)
    if weights.drift:
        yield "drift"
    if config.techniques.lecam.weight:
        yield "lecam"


def _ending(config: RunConfig) -> str:
    """What D scores: the drawings of images that are drawn from latents have none."""
    special = VARIANTS.get(config.variant.name).special if config.variant.name in VARIANTS else frozenset()
    if "objective.cycle" in special:
        return "-translated"
    if "objective.perceptual" in special:
        return "-enlarged"
    return "-classes" if config.variant.conditional else ""


class FormulaView(QWidget):
    """A few lines of mathematics; each is shrunk a little, then broken before a penalty, when it is too wide."""

    def __init__(self, *, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._lines: Sequence[Line] = ()
        self._drawings: dict[tuple[str, str], QSvgRenderer] = {}
        policy = QSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)

    def set_lines(self, lines: Sequence[Line]) -> None:
        """Show the drawings named, one tuple a line."""
        if lines == self._lines:
            return
        self._lines = lines
        self.setAccessibleName("; ".join(" ".join(_source(name).title for name in line) for line in lines))
        self.setToolTip("\n".join(" ".join(_source(name).title for name in line) for line in lines))
        self.updateGeometry()
        self.update()

    def hasHeightForWidth(self) -> bool:
        """A line may have to be broken."""
        return True

    def heightForWidth(self, width: int) -> int:
        """Pixels needed at `width`."""
        return round(sum(_source(row[0]).height for row in self._rows(width)))

    def sizeHint(self) -> QSize:
        """At a usual panel's width."""
        return QSize(256, self.heightForWidth(256))

    def minimumSizeHint(self) -> QSize:
        """Narrow lines are broken."""
        return QSize(120, 22)

    def paintEvent(self, event: QPaintEvent) -> None:
        """The drawings, row by row; a shrunk row keeps its baseline."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        top = 0.0
        for row in self._rows(self.width()):
            left = _INDENT if row[0].startswith(_FOLLOWS) else 0.0
            scale = min(1.0, (self.width() - left) / _width(row))
            for name in row:
                source = _source(name)
                width, height = source.width * scale, source.height * scale
                self._drawing(name).render(painter, QRectF(left, top + source.baseline * (1 - scale), width, height))
                left += width
            top += _source(row[0]).height
        painter.end()

    def _drawing(self, name: str) -> QSvgRenderer:
        colours = theme.palette()
        key = name, colours.name
        if key not in self._drawings:
            text = _source(name).text.format(ink=colours.ink, D=colours.d, G=colours.g)
            self._drawings[key] = QSvgRenderer(QByteArray(text.encode()), self)
        return self._drawings[key]

    def _rows(self, width: int) -> list[Line]:
        rows: list[Line] = []
        for line in self._lines:
            rest: Line = line
            while rest:
                taken = len(rest)
                room = width - (_INDENT if rest[0].startswith(_FOLLOWS) else 0)
                while taken > 1 and _width(rest[:taken]) * _SMALLEST > room:
                    taken -= 1
                rows.append(rest[:taken])
                rest = rest[taken:]
        return rows


@dataclass(frozen=True)
class _Source:
    """An SVG with its placeholders; sizes in px."""

    text: str
    title: str
    width: float
    height: float
    baseline: float


@functools.cache
def _source(name: str) -> _Source:
    text = paths.resource("formulas", f"{name}.svg").read_text(encoding="utf-8")
    found = re.search(
        r'width="([\d.]+)" height="([\d.]+)".*?data-baseline="([\d.]+)".*?<title>(.*?)</title>', text, re.DOTALL
    )
    assert found, f"the drawing {name} lacks its sizes or its title"
    return _Source(text, found[4], float(found[1]), float(found[2]), float(found[3]))


def _width(row: Line) -> float:
    return sum(_source(name).width for name in row)
