"""What is said of the image once it stands still: what D thinks of it, and the real images nearest to it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, Slot

from ganstudio.desktop.explore.preview import Answered, Ask, CheckpointSource
from ganstudio.desktop.explore.state import LatentState, class_labels
from ganstudio.desktop.train.nearest import Wanted

if TYPE_CHECKING:
    from collections.abc import Callable

    from ganstudio.desktop.explore.workspace import ExploreWorkspace
    from ganstudio.latent.model import LatentModel
    from ganstudio.latent.verdict import Critic, Verdict


class Appraiser(QObject):
    """Asks when the workspace has settled. D is known of checkpoints only: a run that trains publishes no D."""

    def __init__(self, workspace: ExploreWorkspace) -> None:
        super().__init__(workspace)
        self._workspace, self._bench = workspace, _Bench()
        self._asked = 0
        self._key: object = None
        panel = workspace.image_panel
        self._verdict, self._nearest, self._view = panel.verdict, panel.nearest, panel.view
        workspace.settled.connect(self._on_settled)
        workspace.cleared.connect(self._on_cleared)
        workspace.worker.rendered.connect(self._on_answer)

    def shutdown(self) -> None:
        """End the search for real images."""
        self._nearest.shutdown()

    @Slot()
    def _on_settled(self) -> None:
        state, source, facts = self._workspace.state, self._workspace.source, self._workspace.facts
        if state is None or facts is None:
            return
        drawn = (state.look, state.mix, state.label, state.z.tobytes())
        if isinstance(source, CheckpointSource) and (source, drawn) != self._key:
            self._key, self._asked = (source, drawn), self._workspace.worker.next_number()
            work = self._bench.work(source.folder, state)
            self._workspace.worker.request(Ask(number=self._asked, kind="verdict", source=source, work=work))
        pixels = self._view.pixels
        if facts.dataset is None or facts.shape.subject == "points" or pixels is None:
            self._nearest.look_at(None)
            return
        key = (self._workspace.run, self._workspace.shown_step, source, drawn)
        self._nearest.look_at(Wanted(key, pixels.copy(), facts.dataset))

    @Slot()
    def _on_cleared(self) -> None:
        self._key, self._asked = None, 0
        self._verdict.set_verdict(None)
        self._nearest.look_at(None)

    @Slot(object)
    def _on_answer(self, answer: Any) -> None:
        if answer.request.number != self._asked:
            return
        if isinstance(answer, Answered):
            self._verdict.set_verdict(answer.result)
        elif answer.error is not None:
            self._verdict.set_problem(answer.error)


class _Bench:
    """Keeps the critic of the checkpoint that was judged last; used in the preview's thread only."""

    def __init__(self) -> None:
        self._of: Path | None = None
        self._critic: Critic | None = None

    def work(self, folder: Path, state: LatentState) -> Callable[[LatentModel, Callable[[], None]], Verdict | None]:
        """The judgement of a state's image, as the preview's thread takes it."""

        def judge(model: LatentModel, pause: Callable[[], None]) -> Verdict | None:
            import torch

            from ganstudio.latent.layers import multiplied
            from ganstudio.latent.sampling import truncated
            from ganstudio.latent.verdict import Critic

            if folder != self._of:
                self._of, self._critic = None, Critic.load(folder)
                self._of = folder
                pause()
            if self._critic is None:
                return None
            labels = class_labels(state.label, state.mix, 1, model.num_classes)
            with torch.inference_mode(), multiplied(model, state.look.factors()):
                z = torch.tensor(truncated(state.z[None], state.look.truncation), device=model.device)
                made = model.generate(z, labels)
            return self._critic.judge(model, made, labels)

        return judge
