"""Preconditioners: z = M r with M near the inverse of a matrix.

Each is a class whose keyword arguments are the settings of a kind of the library, which
`describe("ilu0")` lists with their defaults and bounds. A preconditioner that is set up can be the
`M` of solvers here and of SciPy's.

    M = windlass.precond.ILU0(blocks=1).setup(A)
    z = M @ r
    x, info = scipy.sparse.linalg.gmres(A, b, M=M)
"""

import numpy as np

from . import _long_call
from ._context import call
from ._errors import WindlassAttributeError
from ._load import ffi, lib
from ._object import Object, describe
from .sparse import aslinear
from .sparse._operator import DTYPES
from .sparse._products import Products

_LONG = 1_000_000  # entries, whose factors take some 20 ms


class Preconditioner(Products):
    """What all of them have. Results of the library are attributes: `pivots`, `levels`, `seconds`.

    Parameters
    ----------
    **options
        Settings of the kind.

    Attributes
    ----------
    shape, dtype
        Of the matrix that it was set up for; None before.
    id : int
        What the library knows it by.

    Raises
    ------
    WindlassKeyError
        No such setting.
    """

    _product = lib.wdl_precond_apply
    kind = ""

    def __init__(self, **options):
        out = ffi.new("wdl_precond *")
        call(lib.wdl_precond_create, self.kind.encode(), out)
        self._object = Object._owner(out[0], self.kind)
        self.shape = self.dtype = None
        for name, value in options.items():
            self._object.set(name, value)

    @property
    def id(self):
        return self._object.id

    def setup(self, A):
        """Make M of `A`, anything that `windlass.sparse.aslinear` takes; returns self.

        Of a matrix with the same pattern as the last one only the values are made anew.

        Raises
        ------
        WindlassValueError
            `A` is not square, has an entry that is not finite, or is not Hermitian or positive
            definite where that is needed. The preconditioner is as it was.
        WindlassUnsupportedError
            It has no entries of its own, as a function has none.
        """
        A = aslinear(A)
        run = _long_call.run if (A.entries or 0) > _LONG else call
        run(lib.wdl_precond_setup, self.id, A.id)
        rows = self._object.get("rows")
        self.shape, self.dtype = (rows, rows), np.dtype(DTYPES[self._object.get("dtype")])
        return self

    update = setup

    def apply(self, r):
        """M r, of r (n,) or (n, k)."""
        return self @ r

    def set(self, **options):
        """Change settings, for the next set-up; returns self."""
        for name, value in options.items():
            self._object.set(name, value)
        return self

    def results(self):
        """All results of the last set-up, by name."""
        return self._object.results()

    @property
    def T(self):
        """The transpose, as something that can be multiplied with."""
        return _Turned(self, lib.WDL_TRANSPOSE)

    @property
    def H(self):
        """The conjugate transpose."""
        return _Turned(self, lib.WDL_ADJOINT)

    def _apply(self, mode, x):
        if self.shape is None:
            raise WindlassAttributeError(f"the {type(self).__name__} is not set up yet")
        return super()._apply(mode, x)

    def __getattr__(self, name):
        if not name.startswith("_") and name in describe(self.kind):
            return self._object.get(name)
        raise AttributeError(f"{type(self).__name__} has no attribute {name!r}")

    def __repr__(self):
        described = describe(self.kind)
        changed = [
            f"{name}={value!r}"
            for name, value in self._object.settings().items()
            if str(value) != _initial(described[name])
        ]
        return f"{type(self).__name__}({', '.join(changed)})"


def _initial(described):
    if described.type in ("int", "real") and described.initial is not None:
        return str((int if described.type == "int" else float)(described.initial))
    return described.initial


class _Turned(Products):
    """The transpose or adjoint of a preconditioner."""

    def __init__(self, of, mode):
        self._of, self._mode = of, mode
        self.shape, self.dtype = of.shape, of.dtype

    def _apply(self, mode, x):
        if mode == lib.WDL_PLAIN:
            return self._of._apply(self._mode, x)
        if mode == self._mode:
            return self._of._apply(lib.WDL_PLAIN, x)
        return np.conj(self._of._apply(lib.WDL_PLAIN, np.conj(x)))  # the transposed adjoint

    @property
    def T(self):
        return self._of if self._mode == lib.WDL_TRANSPOSE else _Conjugate(self._of)

    @property
    def H(self):
        return self._of if self._mode == lib.WDL_ADJOINT else _Conjugate(self._of)


class _Conjugate(_Turned):
    """The conjugate, not transposed."""

    def __init__(self, of):
        super().__init__(of, lib.WDL_PLAIN)

    def _apply(self, mode, x):
        return np.conj(self._of._apply(mode, np.conj(x)))

    @property
    def T(self):
        return self._of.H

    @property
    def H(self):
        return self._of.T


def _class(name, kind, text):
    lines = [text, "", "    Parameters", "    ----------"]
    for p in describe(kind).values():
        if p.settable:
            choices = ", ".join(repr(choice) for choice in p.choices)
            lines.append(f"    {p.name} : {choices or p.type}, default {p.initial}")
            lines.append(f"        {p.help}")
    lines += ["", "    Attributes", "    ----------"]
    for p in describe(kind).values():
        if p.result:
            lines += [f"    {p.name} : {p.type}", f"        {p.help}"]
    body = {"kind": kind, "__doc__": "\n".join(lines) + "\n    ", "__module__": __name__}
    return type(name, (Preconditioner,), body)


Jacobi = _class("Jacobi", "jacobi", "The inverse of the diagonal.")
BlockJacobi = _class("BlockJacobi", "block_jacobi", "The inverses of blocks along the diagonal.")
SSOR = _class("SSOR", "ssor", "Symmetric successive over-relaxation.")
ILU0 = _class("ILU0", "ilu0", "Incomplete LU factors on the pattern of the matrix.")
ILUT = _class("ILUT", "ilut", "Incomplete LU factors whose entries are chosen by value.")
IC0 = _class("IC0", "ic0", "Incomplete Cholesky factors of a Hermitian positive definite matrix.")
Chebyshev = _class("Chebyshev", "chebyshev", "A polynomial of a Hermitian definite matrix.")
