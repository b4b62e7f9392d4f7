"""Run by the peer's own interpreter: its descriptors and losses on the images of a request.

Usage: `python peer_child.py REQUEST.npz ANSWER.npz`. The request has `limit_to`, label images
`image/<name>`, a grey image `grey`, and `gram` (whether to compute Gram matrices, too). The answer
has the arrays `<image>/<descriptor>` [fields, levels, …] and the losses `loss/<what>`.
"""

from __future__ import annotations

import logging
import sys

import mcrpy
import numpy as np
import tensorflow as tf  # noqa: TID253 - a script for another environment
from mcrpy.descriptors.FFTCrossCorrelations import FFTCrossCorrelations
from mcrpy.src.DMCR import DMCR

#: With the grey levels of coarse pyramids, and on the finest level alone.
PYRAMIDS = ("VolumeFractions", "Correlations", "FFTCorrelations")
FINEST = (
    "Variation",
    "TwoPointCorrelations",
    "LineCorrelations",
    "LinealPath",
    "LinealPathApproximation",
    "LineLinealPathApproximation",
)
GRAM = ("GramMatrices", "MultiPhaseGramMatrices")
#: On more than two phases.
CROSS = ("CrossCorrelations",)


def main() -> None:
    request_file, answer_file = sys.argv[1:]
    with np.load(request_file, allow_pickle=False) as file:
        request = dict(file)
    limit_to = int(request["limit_to"])
    images = {
        key.removeprefix("image/"): value
        for key, value in request.items()
        if key.startswith("image/")
    }
    answer: dict[str, np.ndarray] = {}
    for name, image in images.items():
        phases = int(image.max()) + 1
        values = characterize(image, PYRAMIDS, limit_to)
        values |= characterize(image, FINEST, limit_to, use_multigrid_descriptor=False)
        if phases > 2:
            values |= characterize(image, CROSS, limit_to, use_multigrid_descriptor=False)
            values["FFTCrossCorrelations"] = fft_cross(image, phases, limit_to)
        else:
            # The other form of boundaries that it has.
            values["Correlations, not periodic"] = characterize(
                image, ("Correlations",), limit_to, use_multigrid_descriptor=False, periodic=False
            )["Correlations"]
        if bool(request["gram"]) and min(image.shape) >= 32:
            names = GRAM if phases > 2 else GRAM[:1]
            values |= characterize(image, names, 16, use_multigrid_descriptor=False)
        answer |= {f"{name}/{key}": value for key, value in values.items()}
    ones = np.ones((24, 24))
    answer["ones/LinealPath"] = characterize(
        ones, ("LinealPath",), limit_to, use_multigrid_descriptor=False
    )["LinealPath"]
    target = next(image for image in images.values() if image.max() == 1)
    answer |= losses(target, request["grey"], limit_to)
    np.savez_compressed(answer_file, **answer)


def characterize(image, names, limit_to, **options):
    """Its values of one label image, a field per phase (one in all for two phases)."""
    settings = mcrpy.CharacterizationSettings(
        descriptor_types=list(names),
        limit_to=limit_to,
        logging_level=logging.ERROR,
        use_multiphase=image.max() > 1,
        **options,
    )
    structure = mcrpy.Microstructure(
        image.astype(float), use_multiphase=settings.use_multiphase, trainable=False
    )
    found = mcrpy.characterize(structure, settings)
    return {name: np.asarray(found[name]) for name in names}


def fft_cross(image, phases, limit_to):
    """Its FFT cross correlations: not reachable through its own interface, so called directly."""
    try:
        characterize(image, ("FFTCrossCorrelations",), limit_to)
    except NotImplementedError:
        pass
    else:
        sys.exit("FFTCrossCorrelations is said to be unusable, and is not: mend docs/peer.md")
    function = FFTCrossCorrelations.make_multiphase_descriptor(
        desired_shape_2d=image.shape, n_phases=phases, limit_to=limit_to
    )
    one_hot = np.eye(phases)[image][None]
    return function(tf.constant(one_hot)).numpy()[None, None]


def losses(image, grey, limit_to):
    """Losses of a grey image against an image's correlations and variation."""
    names = ("Correlations", "Variation")
    target = characterize(image, names, limit_to)
    current = characterize(grey, names, limit_to)
    raised = {name: value.copy() for name, value in target.items()}
    for value in raised.values():
        value[:, 1:] += 1.0
    found = {f"loss/target/{name}": value for name, value in target.items()}
    found |= {f"loss/current/{name}": value for name, value in current.items()}
    one, two = ("Correlations",), names
    found |= {
        "loss/finest": loss(target, one, [1.0], grey, limit_to),
        "loss/finest, coarse targets raised by 1": loss(raised, one, [1.0], grey, limit_to),
        "loss/multigrid": loss(target, one, [1.0], grey, limit_to, multigrid=True),
        "loss/weights 1 and 100": loss(target, two, [1.0, 100.0], grey, limit_to),
    }
    return found


def loss(target, names, weights, grey, limit_to, *, multigrid=False):
    """The value of its MSE on the finest image."""
    wanted = [target[name] for name in names]
    job = DMCR(
        descriptor_types=list(names),
        descriptor_weights=weights,
        limit_to=limit_to,
        n_phases=1,
        use_multigrid_descriptor=True,
        use_multigrid_reconstruction=multigrid,
        save_to=None,
    )
    job.assign_desired_descriptor(wanted)
    levels = job._determine_mg_levels(wanted, grey.shape)
    job.setup_optimization(grey.shape, levels, None, 0)
    return job.loss(tf.constant(grey[None, ..., None])).numpy()


if __name__ == "__main__":
    main()
