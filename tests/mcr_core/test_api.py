"""The Python interface, as the README shows it, on a small image."""

import numpy as np
import tifffile

import mcr_core as mcr


def test_the_words_of_the_readme(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    image = (np.random.default_rng(0).random((24, 24)) < 0.4).astype(np.uint8)
    tifffile.imwrite("slice.tif", image)

    ms = mcr.read("slice.tif", voxel_size=0.5, unit="um")
    target = mcr.characterize(ms, [mcr.descriptors.Correlations(limit_to=3),
                                   mcr.descriptors.Variation()])  # fmt: skip
    run = mcr.reconstruct_iter(target, shape=(12, 12, 12), seed=0, max_iter=3)
    states = list(run)
    for state in states:
        assert (state.iteration, state.loss, state.parts, state.seconds) is not None
    assert [s.phase for s in states[:2]] == ["loading", "compiling"]
    assert states[-1].phase == "finishing"
    assert states[-1].microstructure == run.result.microstructure
    result = mcr.reconstruct(target, shape=(12, 12, 12), seed=0, max_iter=3)
    assert result.microstructure == run.result.microstructure
    assert (result.microstructure.voxel_size, result.microstructure.unit) == ((0.5,) * 3, "um")

    matched = mcr.match(ms, shape=(12, 12, 12), descriptors=target.descriptors, max_iter=3)
    assert matched.microstructure == result.microstructure

    mcr.write("volume.tif", result.microstructure)
    assert mcr.read("volume.tif") == result.microstructure
    mcr.write_characterization("target.h5", target)
    again = mcr.reconstruct(mcr.read_characterization("target.h5"), (12, 12, 12), max_iter=3)
    assert again.microstructure == result.microstructure


def test_a_job_from_python(tmp_path):
    image = np.eye(12, dtype=np.uint8)
    tifffile.imwrite(tmp_path / "slice.tif", image)
    job = mcr.Job(
        source={"kind": "image", "path": str(tmp_path / "slice.tif")},
        terms=[mcr.Term(descriptor="variation", weight=2)],
        settings=mcr.Settings(max_iter=1, optimizer=mcr.optimizers.Adam(), loss=mcr.losses.MSE()),
    )
    run = job.start()
    for _ in run:
        pass
    assert isinstance(run.result, mcr.RunResult)
    assert run.result.stop_reason is mcr.StopReason.MAX_ITER
