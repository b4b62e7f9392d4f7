"""What verbs take: a path does what reading it first does; anything else is refused."""

import numpy as np
import pytest

import mcr_core as mcr
from mcr_core.descriptors import TwoPoint, Variation
from mcr_core.errors import FileFormatError, InputError, OptionError

TERMS = (TwoPoint(limit_to=3), Variation())


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """Two images and their characterizations."""
    monkeypatch.chdir(tmp_path)
    for seed, name in enumerate(("a", "b")):
        labels = (np.random.default_rng(seed).random((12, 14)) < 0.4).astype(np.uint8)
        image = mcr.Microstructure.from_array(labels)
        mcr.write(f"{name}.tif", image)
        mcr.write_characterization(f"{name}.h5", mcr.characterize(image, TERMS))
    return tmp_path


def same(found, wanted):
    assert found.descriptors == wanted.descriptors
    for name, row in wanted.planes.items():
        np.testing.assert_array_equal(found.planes[name].s2, row.s2)


def test_a_path_is_read(folder):
    image, other = mcr.read("a.tif"), mcr.read(folder / "b.tif")
    target = mcr.read_characterization("a.h5")
    same(mcr.characterize("a.tif", TERMS), target)
    same(mcr.characterize(["a.tif", other], TERMS), mcr.characterize([image, other], TERMS))
    run = {"max_iter": 1, "shape": (12, 14)}
    made = mcr.reconstruct(target, **run).microstructure
    assert mcr.reconstruct("a.h5", **run).microstructure == made
    assert mcr.match("a.tif", descriptors=TERMS, **run).microstructure == made
    again = mcr.reconstruct("a.h5", initial="b.tif", max_iter=0).microstructure
    assert again == mcr.reconstruct(target, other.shape, initial=other, max_iter=0).microstructure
    same(
        mcr.merge(xy="a.h5", xz="b.h5", yz="as:xz", force=True),
        mcr.merge(xy=target, xz=mcr.characterize(other, TERMS), yz="as:xz", force=True),
    )
    assert mcr.merge(xy="a.h5", xz="./a.h5", yz="b.h5", force=True).images == 2
    same(mcr.interpolate("a.h5", folder / "b.h5", weights=(1, 0))[0], target)
    assert mcr.compare("a.tif", "b.h5").rows == mcr.compare(image, "b.h5").rows
    assert mcr.smooth("a.tif") == mcr.smooth(image)
    assert np.array_equal(np.load(mcr.export("a.tif", "a.npy")), image.values)
    assert mcr.view("a.tif", "a.png") is not None


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: mcr.characterize(5), "expected a Microstructure, the path of an image or a list"),
        (lambda: mcr.characterize(np.eye(9)), r"or a list of them, got ndarray: make one by read"),
        (lambda: mcr.characterize([np.eye(9)]), "expected a Microstructure or the path .* ndarray"),
        (lambda: mcr.characterize(["a.tif", "no.tif"], TERMS), r"no\.tif: no such file"),
        (lambda: mcr.characterize("a.h5"), r"a\.h5: expected an image, this is the name of a char"),
        (
            lambda: mcr.smooth(np.eye(9)),
            "expected a Microstructure or the path of an image, got nd",
        ),
        (
            lambda: mcr.match(np.eye(9)),
            "expected a Microstructure or the path of an image, got nda",
        ),
        (
            lambda: mcr.match("a.tif", initial=5),
            "expected a Microstructure or the path .*, got int",
        ),
        (
            lambda: mcr.reconstruct(5),
            r"expected a Characterization or the path of its file \(\.h5\)",
        ),
        (lambda: mcr.reconstruct("a.tif"), r"a\.tif: expected a characterization"),
        (lambda: mcr.interpolate("a.h5", 5, steps=2), "expected a Characterization .*, got int"),
        (lambda: mcr.interpolate("a.h5", "b.h5", weights=5), "expected weights, a number for each"),
        (lambda: mcr.merge(xy="a.h5", xz=None), "orthogonal planes .*, got xy"),
        (lambda: mcr.compare("a.tif", None), "expected a microstructure, .*, got nothing"),
        (lambda: mcr.compare("a.tif", "b.h5", limit_to=3), "limit_to is for two images"),
        (lambda: mcr.export("a.npy", mcr.read("a.tif")), r"the microstructure first, then the out"),
        (lambda: mcr.read("a.tif", stack="pages"), "stack: expected images, got 'pages'"),
        (lambda: mcr.read("a.tif", stack="images", plane=1), "plane takes one image, stack=images"),
    ],
)
def test_something_else_is_refused(folder, call, message):
    with pytest.raises(InputError, match=message) as caught:
        call()
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"weight": {"variatoin": 2}}, "weight: the target has no 'variatoin': did you mean 'vari"),
        ({"weight": 5}, "weight: expected a value by name, .*, got 5"),
        ({"weight": {"variation": -1}}, "term: weight: expected greater than 0, got -1"),
        (
            {"weight": {"variation": 0, "two_point": 0}},
            "expected at least one descriptor, got none",
        ),
        ({"descriptors": "volume_fractions"}, "has two_point, variation, not volume_fractions"),
        ({"descriptors": TwoPoint(limit_to=4)}, "the characterization has two_point with"),
        ({"shape": (9, 9), "add_dimension": 4}, "give shape or add_dimension, not both"),
        ({"add_dimension": 0}, "add_dimension: expected 1 or more planes, got 0"),
        ({"add_dimension": "4"}, "add_dimension: expected 1 or more planes, got '4'"),
        ({"max_itr": 4}, "unknown option 'max_itr': did you mean 'max_iter'"),
        ({"wieght": {}}, "unknown option 'wieght': did you mean 'weight'"),
        ({"periodic": False}, "unknown option 'periodic'"),
    ],
)
def test_options_of_reconstruct(folder, options, message):
    with pytest.raises(InputError, match=message):
        mcr.reconstruct_iter("a.h5", **options)


def test_weights_of_a_target(folder):
    run = {"max_iter": 1}
    heavy = mcr.reconstruct("a.h5", weight={"variation": 10}, **run)
    terms = (TwoPoint(limit_to=3), mcr.Term(descriptor="variation", weight=10))
    assert mcr.reconstruct("a.h5", descriptors=terms, **run).loss == heavy.loss
    alone = mcr.reconstruct("a.h5", weight={"two_point": 0}, **run)
    assert set(alone.history[0]["parts"]) == {"variation"}
    # limit_to is that of the target.
    named = mcr.reconstruct("a.h5", descriptors="two_point", max_iter=1, add_dimension=6)
    assert set(named.history[0]["parts"]) == {"two_point"}
    assert named.microstructure.shape == (6, 12, 14)


def test_weights_of_levels_and_blocks_are_counted_before_anything_is_computed(folder):
    image = mcr.Microstructure.from_array(np.random.default_rng(0).integers(0, 2, (24, 24)))
    one = {"name": "correlations", "options": {"limit_to": 3}}
    few = mcr.Term(descriptor=one, level_weights=(1,))
    with pytest.raises(InputError, match="correlations has 3 levels here: expected as many level_"):
        mcr.match_iter(image, descriptors=few)
    assert mcr.match_iter(image, (8, 8), few)  # one level there
    target = mcr.characterize(image, one)
    with pytest.raises(InputError, match="correlations has 3 levels here"):
        mcr.reconstruct_iter(target, descriptors=few)
    blocks = mcr.Term(descriptor=one, block_weights=(1, 2, 3))
    with pytest.raises(InputError, match="has the blocks s2, s3: expected 2 block_weights, got 3"):
        mcr.reconstruct_iter(target, descriptors=blocks)
    run = mcr.match_iter(image, descriptors=blocks)
    assert next(run).phase == "loading"
    with pytest.raises(InputError, match="has the blocks s2, s3: expected 2 block_weights, got 3"):
        next(run)


def test_run(folder):
    job = {
        "source": {"path": "a.tif"},
        "terms": ["variation"],
        "settings": {"max_iter": 1, "open_result": True},
    }
    (folder / "job.json").write_text(mcr.Job.parse(job).model_dump_json())
    wanted = mcr.match("a.tif", descriptors="variation", max_iter=1, open_result=True)
    assert not wanted.microstructure.periodic
    mcr.write("r.tif", wanted.microstructure, job=mcr.Job.parse(job).to_json())
    for given in (job, mcr.Job.parse(job), folder / "job.json", "r.tif"):
        assert mcr.run(given).microstructure == wanted.microstructure
    assert next(mcr.run_iter("job.json")).phase == "loading"


@pytest.mark.parametrize(
    ("job", "error", "message"),
    [
        (5, InputError, "expected a Job, its JSON data or the path of a file with a job, got int"),
        ("no.json", InputError, r"no\.json: no such file"),
        (".", InputError, "expected a .json job or a result of mcr, this is a folder"),
        ("a.tif", FileFormatError, r"a\.tif carries no job"),
        ("bad.json", OptionError, r"bad\.json: job needs the option 'source'"),
        ({"source": {"path": "no.tif"}}, InputError, r"no\.tif: no such file"),
    ],
)
def test_a_job_that_is_none(folder, job, error, message):
    (folder / "bad.json").write_text("{}")
    with pytest.raises(error, match=message):
        mcr.run(job)
