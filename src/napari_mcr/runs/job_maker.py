"""From the forms to jobs, and from answers to words and layers."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from mcr_core.remote import Answer
from napari_mcr.forms.result_form import ResultForm
from napari_mcr.forms.run_queue import Waiting
from napari_mcr.forms.target_form import TargetForm
from napari_mcr.layers.described_layer import job_of
from napari_mcr.layers.phase_layer import default_colors
from napari_mcr.layers.result_layers import ResultLayers, add_microstructure
from napari_mcr.runs.continued import continued
from napari_mcr.runs.progress import duration
from napari_mcr.runs.questions import Questions
from napari_mcr.runs.target import Target

if TYPE_CHECKING:
    from napari.components import ViewerModel
    from napari.layers import Labels

_GB = 1e9


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
        made = []
        for seed in range(first, first + self._result.seeds.value()):
            settings = {**job["settings"], **({"seed": seed} if seed else {})}
            layers = ResultLayers(
                self._viewer,
                name=f"{target.name} reconstruction",
                title=f"{target.name} reconstruction (seed {seed})",
                colors=target.colors,
                voxel_size=target.voxel_size,
                turn_to_3d=self._result.show_in_3d.isChecked() and seed == first,
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
        )
        return [Waiting(job, layers, next(self._batches))]

    def ask(self, questions: Questions, verb: str, say: Callable[[str], None]) -> None:
        """Ask for an estimate or a preview.

        Args:
            questions: asks.
            verb: `estimate` or `preview`.
            say: shows words.

        Raises:
            InputError: the forms describe no job.
        """
        target, job = self._described()
        say("Estimating …" if verb == "estimate" else "Making a preview …")
        if verb == "estimate":
            seeds = self._result.seeds.value()
            questions.ask(verb, lambda answer: say(_estimate(answer.content, seeds)), job=job)
            return

        def show(answer: Answer) -> None:
            self._show_preview(answer, target)
            error = answer.content["two_point_error"]
            say(f"Preview: what the run starts from; its S2 is off by {error:.1e}.")

        questions.ask(verb, show, job=job)

    def _described(self) -> tuple[Target, dict[str, Any]]:
        target = self._source.target()
        return target, {"source": target.source, **self._result.job()}

    def _show_preview(self, answer: Answer, target: Target) -> None:
        made = answer.microstructure
        if made is None:
            raise RuntimeError("preview has answered without a microstructure")
        if self._preview is not None and self._preview in self._viewer.layers:
            self._viewer.layers.remove(self._preview)
        colors = target.colors or default_colors(made)
        name = f"{target.name} preview"
        self._preview = add_microstructure(self._viewer, made, name, colors)


def _estimate(found: Mapping[str, Any], seeds: int) -> str:
    """Say what an estimate has found."""
    memory, limit = found["memory"] / _GB, found["limit"]
    space = f"{memory:.2g} GB" if limit is None else f"{memory:.2g} GB of {limit / _GB:.2g} GB"
    if not found["fits"]:
        return f"Does not fit: {space}. Choose a smaller extent, or another preset."
    if found["seconds"] is None:
        return f"{space}; the run ends before its pace is known."
    each = " each" if seeds > 1 else ""
    time = duration(found["seconds"]) or "more than 100 h"
    return f"About {time}{each}, {space} on the {found['device'].upper()}."
