"""What the peer, mcrpy 0.2.0, computes on small images, and how far ours is from it.

Run: `python benchmarks/peer_values.py [--environment DIR] [--freeze FILE] [--gram]`

Makes an environment of its own for the peer (needs python3.11, see peer_environment.py), runs it
there on binary images and one of three phases, and prints two tables: for every descriptor that
both have the largest absolute difference; and for every known difference of definition how large
it is, and what remains of it when it is taken into account (docs/peer.md gives the reasons).
`--freeze` writes the images and the peer's values as arrays: what the tests compare with. `--gram`
adds the Gram matrices, which are not frozen here.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import numpy as np

from peer_environment import default_folder, interpreter, run_child, weights_file

#: Where the tests keep what brings both sides into one form.
SUPPORT = Path(__file__).parent.parent / "tests" / "support"
LIMIT = 4


def main() -> None:
    parser = argparse.ArgumentParser(description="The peer's values, and ours beside them.")
    parser.add_argument("--environment", type=Path, default=default_folder(), metavar="DIR")
    parser.add_argument("--freeze", type=Path, metavar="FILE", help="write the values as .npz")
    parser.add_argument("--gram", action="store_true", help="Gram matrices, too")
    options = parser.parse_args()
    images = {f"image/{name}": image for name, image in small_images().items()}
    request = images | {"limit_to": np.array(LIMIT), "grey": grey_image()}
    values = request | peer_answer(options.environment, request, gram=options.gram)
    if options.freeze:
        options.freeze.parent.mkdir(parents=True, exist_ok=True)
        kept = {
            key: value.astype(np.float32) if value.dtype.kind == "f" else value
            for key, value in values.items()
            if "GramMatrices" not in key
        }
        np.savez_compressed(options.freeze, **kept)
    sys.path.insert(0, str(SUPPORT))
    show_agreement(values, str(weights_file(options.environment)) if options.gram else None)
    show_differences(values)


def small_images() -> dict[str, np.ndarray]:
    """Label images: two of two phases, one of three."""
    isotropic = _blobs((32, 32), seed=1, width=(2.0, 2.0)) < 0.4
    elongated = _blobs((24, 36), seed=2, width=(1.0, 4.0)) < 0.3
    three = np.digitize(_blobs((48, 48), seed=3, width=(1.5, 1.5)), (0.5, 0.8))
    images = {"isotropic": isotropic, "elongated": elongated, "three_phases": three}
    return {name: image.astype(np.uint8) for name, image in images.items()}


def grey_image() -> np.ndarray:
    """A grey image of the extent of the first one: where losses are compared."""
    return _blobs((32, 32), seed=4, width=(1.0, 1.0))


def _blobs(shape: tuple[int, int], seed: int, width: tuple[float, float]) -> np.ndarray:
    """Ranks, in [0, 1), of the pixels of smooth periodic noise."""
    from scipy.ndimage import gaussian_filter

    noise = np.random.default_rng(seed).standard_normal(shape)
    smooth = gaussian_filter(noise, width, mode="wrap")
    return smooth.ravel().argsort().argsort().reshape(shape) / smooth.size


def peer_answer(
    folder: Path, request: dict[str, np.ndarray], *, gram: bool
) -> dict[str, np.ndarray]:
    """All the values of the peer; see peer_child.py for their names."""
    python = interpreter(folder)
    with tempfile.TemporaryDirectory() as scratch:
        question, answer = Path(scratch, "request.npz"), Path(scratch, "answer.npz")
        np.savez_compressed(question, gram=np.array(gram), **request)
        run_child(python, question, answer)
        with np.load(answer, allow_pickle=False) as file:
            return dict(file)


def show_agreement(values: dict[str, np.ndarray], weights: str | None) -> None:
    import peer_rows

    print(f"{'ours':24}{'the peer':28}{'image':16}{'largest |difference|':>20}")
    rows = peer_rows.ROWS + (peer_rows.gram_rows(weights) if weights else ())
    for row in rows:
        for image in peer_rows.images_of(row, values):
            ours, theirs = peer_rows.compare(row, image, values)
            difference = np.abs(ours - theirs).max()
            print(f"{row.name:24}{row.peer:28}{image:16}{difference:20.1e}", flush=True)


def show_differences(values: dict[str, np.ndarray]) -> None:
    import peer_differences

    print(f"\n{'where the peer differs':62}{'by':>10}{'left':>10}")
    for name, (difference, left) in peer_differences.measured(values).items():
        print(f"{name:62}{difference:10.1e}{left:10.1e}")


if __name__ == "__main__":
    main()
