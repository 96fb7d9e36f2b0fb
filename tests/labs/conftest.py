"""What holds for all tests of labs."""

import gc
import warnings

import pytest


@pytest.fixture(scope="module", autouse=True)
def nothing_of_others_is_left():
    """Throw away what tests of other modules left behind.

    Here every warning is an error, and a library that forgot a temporary folder warns whenever its
    garbage is collected, in whatever test that may be.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        gc.collect()
