"""threadpoolctl finds the library, shows its threads and limits them.

threadpoolctl is not imported for this: if it is there it is told now, else when it is imported.
"""

import sys

_NAME = "threadpoolctl"


def _controller(threadpoolctl):
    import ctypes

    class WindlassController(threadpoolctl.LibController):
        """The threads of calls whose context does not say otherwise."""

        user_api = "windlass"
        internal_api = "windlass"
        filename_prefixes = ("libwindlass", "windlass")
        check_symbols = ("wdl_get_int", "wdl_set_int", "wdl_version")

        def _threads(self, function, value):
            handle = ctypes.c_uint64
            function = getattr(self.dynlib, function)
            return function(handle(0), handle(1), b"threads", value)

        def get_num_threads(self):
            out = ctypes.c_int64(0)
            self._threads("wdl_get_int", ctypes.byref(out))
            return out.value

        def set_num_threads(self, num_threads):
            return self._threads("wdl_set_int", ctypes.c_int64(num_threads))

        def get_version(self):
            number = self.dynlib.wdl_version()
            return f"{number >> 16}.{number >> 8 & 255}.{number & 255}"

    return WindlassController


def _tell(threadpoolctl):
    if hasattr(threadpoolctl, "register"):  # 3.3 and later
        threadpoolctl.register(_controller(threadpoolctl))


class _Finder:  # of meta paths; not of importlib.abc, whose import takes longer than all here
    """Finds threadpoolctl as the others do, and tells it after it has been loaded. Once."""

    def __init__(self):
        self.loader = None

    def find_spec(self, name, path=None, target=None):
        if name != _NAME:
            return None
        import importlib.util

        sys.meta_path.remove(self)
        spec = importlib.util.find_spec(name)
        if spec is None or spec.loader is None:
            return None
        self.loader, spec.loader = spec.loader, self
        return spec

    def create_module(self, spec):
        return self.loader.create_module(spec)

    def exec_module(self, module):
        module.__spec__.loader = module.__loader__ = self.loader
        self.loader.exec_module(module)
        _tell(module)


def register():
    """Tell threadpoolctl about the library, now or when it comes."""
    if _NAME in sys.modules:
        _tell(sys.modules[_NAME])
    elif not any(type(finder).__name__ == _Finder.__name__ for finder in sys.meta_path):
        sys.meta_path.insert(0, _Finder())
