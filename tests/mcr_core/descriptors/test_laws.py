"""Every descriptor of the registry keeps every law; broken descriptors break the right one."""

from typing import ClassVar

import pytest
import tensorflow as tf
from laws import (
    LAWS,
    batch_is_one_by_one,
    gradient_is_finite_difference,
    masked_pixels_do_not_count,
    same_values_of_a_uniform_image,
    translation_invariance,
)

from mcr_core.descriptors import Correlations, Descriptor, Variation, registry
from mcr_core.vgg import providers

#: Options that make a descriptor small enough for the tests, and further variants worth a test.
GRAM = [
    {"layers": ["conv1_2", "conv2_1"], "pooling": "max"},
    {"layers": ["conv3_1"]},
    {
        "layers": ["conv1_1", "conv2_1"],
        "statistic": "sliced_wasserstein",
        "projections": 4,
        "quantiles": 8,
    },
]
VARIANTS = {
    "correlations": [{"limit_to": 4}, {"limit_to": 3, "form": "soft"}],
    "gram_matrices": GRAM,
    "multiphase_gram_matrices": GRAM,
    "line_correlations": [{}, {"limit_to": 5}],
    "lineal_path": [{"limit_to": 4}, {"limit_to": 3, "form": "soft"}, {"directions": "axes"}],
    "surface_correlations": [{"limit_to": 4}],
    "two_point": [{"limit_to": 4}],
    "fft_correlations": [{}, {"domain": "volume"}],
    "cross_correlations": [{"limit_to": 4}],
    "fft_cross_correlations": [{}, {"domain": "volume"}],
    "variation": [{}, {"domain": "volume"}],
    "volume_fractions": [{}],
    "chord_lengths": [{"max_length": 8}, {"max_length": 6, "domain": "volume"}],
    "cluster_correlation": [
        {"limit_to": 4},
        {"limit_to": 4, "connectivity": "corners"},
        {"limit_to": 3, "domain": "volume"},
    ],
    "local_thickness": [{"max_diameter": 8}, {"max_diameter": 8, "domain": "volume"}],
    "minkowski": [
        {},
        {"connectivity": "corners", "surface": "faces"},
        {"domain": "volume"},
        {"connectivity": "corners", "domain": "volume"},
    ],
}


def test_every_descriptor_has_a_row():
    assert sorted(VARIANTS) == registry.names()


@pytest.mark.parametrize("law", LAWS, ids=lambda law: law.__name__)
@pytest.mark.parametrize(
    ("name", "options"),
    [(name, options) for name, rows in VARIANTS.items() for options in rows],
)
def test_law(name, options, law):
    if "gram" in name and providers.package_file() is None:
        pytest.skip("the weights come with the extra vgg, which is not installed")
    law(registry.get(name)(**options))


class _Base(Descriptor):
    name: ClassVar[str] = "broken"


class _NotInvariant(_Base):
    """Weights the image by position."""

    def compute(self, image, valid):
        ramp = tf.range(image.shape[2], dtype=image.dtype)
        return {"broken": tf.reduce_mean(image * ramp, [1, 2])}


class _WrongNormalization(_Base):
    """Divides by all pixels instead of the valid ones."""

    def reach(self):
        return 1

    def compute(self, image, valid):
        return {"broken": tf.reduce_mean(image, [1, 2])}


class _WrongGradient(_Base):
    """A value whose gradient is twice too large."""

    def compute(self, image, valid):
        @tf.custom_gradient
        def mean(x):
            return tf.reduce_mean(
                x, [1, 2]
            ), lambda up: 2 * up[:, None, None] * tf.ones_like(x) / (x.shape[1] * x.shape[2])

        return {"broken": mean(image)}


class _MixesTheBatch(_Base):
    """Every image gets the mean of the batch."""

    def compute(self, image, valid):
        return {"broken": tf.reduce_mean(image, [1, 2]) * 0 + tf.reduce_mean(image)}


class _IgnoresTheMask(_Base):
    """Pads before it looks at the mask."""

    def evaluate(self, fields, valid, levels):
        return super().evaluate(fields, None, levels)

    def compute(self, image, valid):
        return {"broken": tf.reduce_mean(image, [1, 2])}


@pytest.mark.parametrize(
    ("broken", "law"),
    [
        (_NotInvariant, translation_invariance),
        (_WrongNormalization, same_values_of_a_uniform_image),
        (_WrongGradient, gradient_is_finite_difference),
        (_MixesTheBatch, batch_is_one_by_one),
        (_IgnoresTheMask, masked_pixels_do_not_count),
    ],
)
def test_laws_find_broken_descriptors(broken, law):
    with pytest.raises(AssertionError):
        law(broken())


def test_too_small_a_plane_has_no_level():
    assert Correlations(limit_to=8).levels(14, 100) == 0
    assert Correlations(limit_to=8).levels(15, 100) == 1
    assert Correlations(limit_to=8).levels(64, 64) == 3
    assert Correlations(limit_to=16).levels(64, 64) == 2
    assert Variation().levels(64, 64) == 1
