"""What the child answers, compared with the verbs themselves."""

import json

import numpy as np
import pytest

import mcr_core as mcr
from mcr_core.errors import InputError, OptionError
from mcr_core.job import Inline, Job
from mcr_core.remote import Answer, Client, Failure
from mcr_core.remote.verbs import VERBS, perform


def data(microstructure):
    return Inline.of(microstructure, "an image").model_dump(mode="json")


@pytest.fixture
def source(slice_image):
    return data(slice_image)


@pytest.fixture
def job(slice_image):
    return Job(
        source=Inline.of(slice_image),
        terms=["variation", "volume_fractions"],
        shape=(16, 16, 16),
        settings={"max_iter": 40, "seed": 3, "symmetry": "cubic"},
    ).to_json()


def test_every_answer_is_json(source, job, tmp_path):
    file = str(tmp_path / "target.h5")
    perform("characterize", {"sources": [source], "output": file, "descriptors": ["variation"]})
    target = {"kind": "characterization", "path": file}
    asked = {
        "characterize": {"sources": [source, source], "output": str(tmp_path / "both.h5")},
        "check": {"source": source},
        "estimate": {"job": job},
        "export": {"source": source, "output": str(tmp_path / "image.vti")},
        "interpolate": {"ends": [target, target], "outputs": [str(tmp_path / "between.h5")] * 2},
        "merge": {
            "planes": {"xy": target, "xz": target, "yz": "as:xz"},
            "output": str(tmp_path / "merged.h5"),
        },
        "place": {"source": source, "what": "largest cluster", "phase": 1},
        "preview": {"job": job},
        "score": {"result": source, "target": source},
        "smooth": {"source": source, "sigma": 1.0},
    }
    assert sorted(asked) == sorted(VERBS)
    for verb, arguments in asked.items():
        reply = perform(verb, json.loads(json.dumps(arguments)))
        json.dumps(reply.content, allow_nan=False)
        assert (reply.microstructure is not None) == (verb in ("place", "preview", "smooth"))


def test_check(slice_image, source):
    assert perform("check", {"source": source}).content == mcr.check(slice_image).as_dict()


def test_check_of_a_grey_image_says_what_it_is(tmp_path):
    file = tmp_path / "grey.npy"
    np.save(file, np.random.default_rng(0).integers(0, 250, (40, 40)).astype(np.uint8))
    found = perform("check", {"source": {"kind": "image", "path": str(file)}}).content
    assert found["level"] == "problem"
    assert "Not segmented" in found["findings"][0]["text"]


def test_estimate(job):
    found = perform("estimate", {"job": job}).content
    assert found["fits"]
    assert 0 < found["memory"] < found["limit"]
    assert found["seconds"] > 0


def test_estimate_of_anisotropic_slices_is_not_refused(job):
    """An image of one plane may well have a preferred direction."""
    stripes = mcr.Microstructure.from_array(np.repeat(np.arange(64) % 8 < 4, 64).reshape(64, 64))
    one = Inline.of(stripes, "stripes").model_dump(mode="json")
    job |= {"source": one, "shape": [16, 16, 16], "terms": ["variation"]}
    job["settings"]["symmetry"] = "auto"
    with pytest.raises(InputError, match="the image is anisotropic") as caught:
        perform("estimate", {"job": job, "timed": False})
    assert "--" not in caught.value.text
    job["source"] = {"kind": "planes", "xz": one, "yz": one, "xy": "as:xz", "force": True}
    assert perform("estimate", {"job": job, "timed": False}).content["fits"]


def test_estimate_of_memory_alone_runs_nothing(job, monkeypatch):
    whole = perform("estimate", {"job": job}).content
    monkeypatch.setattr(Job, "start", None)
    found = perform("estimate", {"job": job, "timed": False}).content
    assert found == {**whole, "seconds": None}


def test_estimate_of_what_does_not_fit_runs_nothing(job, monkeypatch):
    monkeypatch.setattr(Job, "start", None)
    job["settings"]["memory"] = "1MB"
    found = perform("estimate", {"job": job}).content
    assert not found["fits"]
    assert found["seconds"] is None


def test_estimate_of_a_run_too_short_to_tell(job):
    job["settings"]["max_iter"] = 1
    assert perform("estimate", {"job": job}).content["seconds"] is None


def test_preview_is_the_start(slice_image, job):
    found = perform("preview", {"job": job})
    expected = mcr.preview(slice_image, (16, 16, 16), seed=3)
    assert found.microstructure == expected
    assert 0 <= found.content["two_point_error"] < 0.2


def test_preview_of_several_planes(slice_image, job):
    source = data(slice_image)
    job["source"] = {"kind": "planes", "xy": source, "xz": source, "yz": "as:xy"}
    found = perform("preview", {"job": job}).microstructure
    merged = mcr.merge(
        **{plane: mcr.characterize(slice_image, ["variation"]) for plane in ("xy", "xz", "yz")}
    )
    assert found == mcr.preview(merged, (16, 16, 16), seed=3)


def test_characterize_writes_what_the_verb_returns(slice_image, source, tmp_path):
    file = tmp_path / "target.h5"
    descriptors = [{"name": "two_point", "options": {}}]
    asked = {"sources": [source], "descriptors": descriptors, "limit_to": 5}
    assert perform("characterize", {**asked, "output": str(file)}).content["path"] == str(file)
    written = mcr.read_characterization(file)
    expected = mcr.characterize(slice_image, ["two_point"], limit_to=5)
    assert [d.limit_to for d in written.descriptors] == [5]
    np.testing.assert_array_equal(
        written.planes["all"].values[0][0]["s2"], expected.planes["all"].values[0][0]["s2"]
    )


def test_interpolate_ends_with_its_ends(slice_image, source, tmp_path):
    end = tmp_path / "end.h5"
    perform("characterize", {"sources": [source], "output": str(end)})
    ends = [{"kind": "characterization", "path": str(end)}] * 2
    outputs = [str(tmp_path / f"{number}.h5") for number in range(3)]
    assert perform("interpolate", {"ends": ends, "outputs": outputs}).content["paths"] == outputs
    for output in outputs:
        np.testing.assert_allclose(
            mcr.read_characterization(output).phase_fractions, slice_image.phase_fractions
        )


def test_smooth(slice_image, source):
    found = perform("smooth", {"source": source, "method": "majority", "size": 3})
    assert found.microstructure == mcr.smooth(slice_image, "majority", size=3)
    assert "surface" in found.content["change"]


def test_score_writes_the_page(source, tmp_path):
    page = tmp_path / "card.html"
    found = perform("score", {"result": source, "target": source, "html": str(page)}).content
    assert len(found["cells"]) == len(found["rows"])
    assert {len(row) for row in found["cells"]} == {len(found["heads"])}
    assert page.read_text().startswith("<!DOCTYPE html>")


def test_score_against_several_planes(slice_image, source):
    planes = {"kind": "planes", "xy": source, "xz": source, "yz": "as:xy"}
    volume = data(mcr.preview(slice_image, (32, 32, 32)))
    found = perform("score", {"result": volume, "target": planes}).content
    made = mcr.preview(slice_image, (32, 32, 32))
    expected = mcr.score(made, xy=slice_image, xz=slice_image, yz="as:xy")
    assert found["summary"] == expected.summary()


def test_place(slice_image, source):
    from mcr_core.scorecard.places import place

    found = perform("place", {"source": source, "what": "thickest spot", "phase": 0})
    expected = place(slice_image, "thickest spot", 0)
    assert found.content["position"] == list(expected.position)
    assert found.content["diameter"] == expected.diameter
    np.testing.assert_array_equal(found.microstructure.labels, expected.part)
    assert found.microstructure.voxel_size == slice_image.voxel_size


def test_export_as_ome_zarr(slice_image, source, tmp_path):
    zarr = pytest.importorskip("zarr", minversion="3")
    path = tmp_path / "image.ome.zarr"
    assert perform("export", {"source": source, "output": str(path)}).content == {"path": str(path)}
    found = zarr.open_group(path, mode="r")["labels/phases/0"][...]
    np.testing.assert_array_equal(found, slice_image.values)


def test_export(slice_image, source, tmp_path):
    file = tmp_path / "image.npy"
    perform("export", {"source": source, "output": str(file)})
    np.testing.assert_array_equal(mcr.read(file).labels, slice_image.labels)


def test_an_unknown_verb_names_those_there_are(source):
    with pytest.raises(OptionError, match=r"unknown verb 'wash'.*check.*smooth"):
        perform("wash", {"source": source})


def test_a_characterization_is_no_image(source, tmp_path):
    file = str(tmp_path / "target.h5")
    perform("characterize", {"sources": [source], "output": file})
    with pytest.raises(InputError, match="expected an image, got a characterization"):
        perform("smooth", {"source": {"kind": "characterization", "path": file}})


def test_a_source_of_no_kind_is_refused(source):
    with pytest.raises(OptionError, match="source"):
        perform("check", {"source": {"kind": "rumour"}})


def test_the_child_answers(slice_image, source):
    with Client() as client:
        first = client.ask("smooth", source=source, sigma=1.0)
        second = client.ask("smooth", source=source, sigma=-1.0)
        events = []
        while client.is_busy:
            events += client.wait()
    answer, failure = events
    assert isinstance(answer, Answer)
    assert answer.job == first
    assert answer.microstructure == mcr.smooth(slice_image, sigma=1.0)
    assert isinstance(failure, Failure)
    assert failure.job == second
    assert isinstance(failure.error, InputError)
