"""What Explore has besides latent, directions and walk: each a controller of its own, brought together here."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from ganstudio.desktop.explore.appraiser import Appraiser
from ganstudio.desktop.explore.directions.own import OwnDirections
from ganstudio.desktop.explore.favourites.collector import Collector
from ganstudio.desktop.explore.layers.layering import Layering
from ganstudio.desktop.explore.likeness.liker import Liker
from ganstudio.desktop.explore.ranking import Ranking
from ganstudio.desktop.explore.truncation import Truncation
from ganstudio.desktop.settings import Settings

if TYPE_CHECKING:
    from ganstudio.desktop.explore.workspace import ExploreWorkspace


class Tools(QObject):
    """Makes them, and ends them."""

    def __init__(self, workspace: ExploreWorkspace, settings: Settings) -> None:
        super().__init__(workspace)
        self.appraiser = Appraiser(workspace)
        self.truncation = Truncation(workspace)
        self.collector = Collector(workspace, settings)
        self.ranking = Ranking(workspace, settings)
        self.own_directions = OwnDirections(workspace)
        self.layering = Layering(workspace)
        self.liker = Liker(workspace)

    def shutdown(self) -> None:
        """End what runs in threads of its own."""
        self.appraiser.shutdown()
        self.liker.shutdown()
