"""Numbers in words."""

import pytest

from mcr_core.wording import percent


@pytest.mark.parametrize(
    ("share", "text"),
    [
        (0, "0 %"),
        (4.63e-17, "0 %"),
        (2e-8, "< 0.0001 %"),
        (2.5e-6, "0.00025 %"),
        (0.05331, "5.33 %"),
        (12.3, "1230 %"),
    ],
)
def test_percent(share, text):
    assert percent(share) == text
