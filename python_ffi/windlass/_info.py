"""What runs here: versions, levels, threads."""

from . import _load
from ._object import Object, describe


def info():
    """What is loaded and how it is set.

    Returns
    -------
    dict
        version: of the library. library: its path. build: its compiler and machine. level: the
        instruction-set level in use; levels: those this machine can run. threads: of a call whose
        context does not say. cores: that affinity and control group allow. live_handles: objects
        that exist. And every other property of the process.

    Examples
    --------
    >>> windlass.info()["level"]
    'v4'
    """
    from . import __version__

    process = Object.process()
    values = {name: process.get(name) for name in describe(process.kind)}
    level = values.pop("isa")
    return {
        "version": __version__,
        "library": _load.path,
        "level": level,
        "levels": values.pop("isa_supported").split("|"),
        **values,
    }
