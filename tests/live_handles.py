"""A fixture: the library's objects that a test made are gone when it ends."""

import gc
import sys

import pytest


@pytest.fixture
def live_handles():
    """Checks at the end that as many objects live as at the start. Gives the function to count."""
    from windlass import _context

    def count():
        kept = sys.modules.get("windlass.text._operation")
        if kept is not None:
            kept.forget()
        gc.collect()
        _context.drop()
        return _context.live_handles()

    before = count()
    gc.freeze()  # of all that is imported: looking through it takes a collection 0.2 s
    yield count
    assert count() <= before, "the test left objects of the library behind"
