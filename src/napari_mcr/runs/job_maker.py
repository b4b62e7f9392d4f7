"""From the forms to jobs, and from answers to words and layers."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from mcr_core.remote import Answer
from napari_mcr.forms.result_form import ResultForm
from napari_mcr.forms.run_queue import Waiting
from napari_mcr.forms.target_form import TargetForm
from napari_mcr.layers.described_layer import job_of
from napari_mcr.layers.phase_layer import default_colors
from napari_mcr.layers.result_layers import ResultLayers, add_microstructure, put
from napari_mcr.runs.continued import continued
from napari_mcr.runs.questions import Questions
from napari_mcr.runs.target import Target

if TYPE_CHECKING:
    from napari.components import ViewerModel
    from napari.layers import Labels


class JobMaker:
    """Makes the jobs that the forms describe.

    Args:
        viewer: where results are shown.
        source: what they shall be like.
        result: what is made.
    """

    def __init__(self, viewer: ViewerModel, source: TargetForm, result: ResultForm) -> None:
        self._viewer = viewer
        self._source = source
        self._result = result
        self._batches = itertools.count()
        self._preview: Labels | None = None
        self._target: Target | None = None

    @property
    def seeds(self) -> int:
        """How many realizations are asked for."""
        return int(self._result.seeds.value())

    @property
    def can_continue(self) -> bool:
        """Whether the selected layer is a result."""
        return job_of(self._viewer.layers.selection.active) is not None

    def jobs(self) -> list[Waiting]:
        """Return a job for every seed.

        Raises:
            InputError: the forms describe none.
        """
        target, job = self._described()
        first, batch = self._result.run.value("seed"), next(self._batches)
        made: list[Waiting] = []
        for seed in range(first, first + self.seeds):
            settings = {**job["settings"], **({"seed": seed} if seed else {})}
            layers = ResultLayers(
                self._viewer,
                name=f"{target.name} reconstruction",
                title=f"{target.name} reconstruction (seed {seed})",
                colors=target.colors,
                voxel_size=target.voxel_size,
                turn_to_3d=self._result.show_in_3d.isChecked() and seed == first,
                before=made[-1].layers if made else self._preview,
            )
            made.append(Waiting({**job, "settings": settings}, layers, batch))
        self._source.give_scale()
        return made

    def continued(self) -> list[Waiting]:
        """Return the job that goes on from the selected result.

        Raises:
            InputError: no result is selected, or a field holds no value.
        """
        layer = self._viewer.layers.selection.active
        iterations = self._result.run.value("max_iter")
        job, size, colors = continued(self._viewer, layer, iterations)
        layers = ResultLayers(
            self._viewer,
            name=f"{layer.name}, going on",
            title=f"{layer.name}, continued",
            colors=colors,
            voxel_size=size,
            turn_to_3d=False,
            before=layer,
        )
        return [Waiting(job, layers, next(self._batches))]

    def described(self) -> dict[str, Any]:
        """Return the job that the forms describe, as JSON data.

        What is painted on a source since it was chosen is not seen: a volume takes long to pack.

        Raises:
            InputError: the forms describe none.
        """
        if self._target is None:
            self._target = self._source.target()
        return {"source": self._target.source, **self._result.job()}

    def forget_source(self) -> None:
        """Another source is chosen."""
        self._target = None

    def preview(self, questions: Questions, say: Callable[[str], None]) -> None:
        """Ask for a preview.

        Args:
            questions: asks.
            say: shows words.

        Raises:
            InputError: the forms describe no job.
        """
        target, job = self._described()
        say("Making a preview …")

        def show(answer: Answer) -> None:
            self._show_preview(answer, target)
            error = answer.content["two_point_error"]
            say(f"Preview: what the run starts from; its S2 is off by {error:.1e}.")

        questions.ask("preview", show, job=job)

    def _described(self) -> tuple[Target, dict[str, Any]]:
        target = self._source.target()
        return target, {"source": target.source, **self._result.job()}

    def _show_preview(self, answer: Answer, target: Target) -> None:
        made = answer.microstructure
        if made is None:
            raise RuntimeError("preview has answered without a microstructure")
        name, shown = f"{target.name} preview", self._preview
        if shown is not None and shown in self._viewer.layers:
            if shown.name == name and shown.data.shape == made.shape:
                put(shown, made)
                shown.visible = True  # a run may have hidden it
                return
            self._viewer.layers.remove(shown)
        colors = target.colors or default_colors(made)
        self._preview = add_microstructure(self._viewer, made, name, colors)
