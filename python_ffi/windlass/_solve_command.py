"""windlass solve A.mtx [b.mtx]: a sparse system in files."""

from ._text_command import _positive, complain, print_json, said_by
from ._text_command import _threads as _not_negative


def add_to(parsers):
    """Add the command "solve" to argparse's sub-parsers."""
    summary = "solve a sparse system A x = b in Matrix Market or .npz files"
    one = parsers.add_parser("solve", help=summary, description=summary + ".")
    one.add_argument("matrix", metavar="A", help=".mtx, .mtx.gz or .npz (of scipy.sparse)")
    one.add_argument("right", metavar="b", nargs="?", help="the same, or .npy; initially all ones")
    one.add_argument("--method", default="gmres", help="gmres, cg, bicgstab, ...")
    wanted = "ilu0, jacobi, ...; none; or auto, what suits the method"
    one.add_argument("--precond", default="auto", metavar="NAME", help=wanted)
    one.add_argument("--rtol", type=float, default=1e-8, metavar="R", help="initially 1e-8")
    one.add_argument("--restart", type=_positive, metavar="M", help="steps of a cycle, 30")
    one.add_argument("--maxiter", type=_positive, metavar="N", help="most steps")
    one.add_argument("--output", metavar="FILE", help="write x as .npy or .mtx")
    one.add_argument("--plot", metavar="PNG", help="draw the residual; needs matplotlib")
    one.add_argument("--json", action="store_true", help="for programs")
    wanted = "0: as many as there are cores"
    one.add_argument("--threads", type=_not_negative, metavar="N", help=wanted)
    one.set_defaults(function=_guarded)


def _guarded(args):
    """What is wrong with the files or the options goes to standard error."""
    import windlass

    try:
        with windlass.threads(args.threads):
            return _run(args)
    except BrokenPipeError:
        raise
    except (OSError, ValueError, TypeError, ImportError, MemoryError) as error:
        complain(said_by(error))
        return 1


def _run(args):
    import os
    import sys

    import numpy as np

    from . import sparse
    from .krylov import solve

    if args.output and not args.output.endswith((".npy", ".mtx")):
        raise ValueError(f"--output {args.output} does not end in .npy or .mtx")
    for option, path in (("--output", args.output), ("--plot", args.plot)):
        folder = os.path.dirname(path or "")
        if folder and not os.path.isdir(folder):
            raise ValueError(f"{option} {path}: there is no folder {folder}")
    figure = _figure() if args.plot else None
    A = sparse.read(args.matrix)
    b = _right_side(args.right) if args.right else np.ones(A.shape[0])
    result = solve(
        A,
        b,
        args.method,
        M=None if args.precond == "none" else args.precond,
        rtol=args.rtol,
        restart=args.restart,
        maxiter=args.maxiter,
        progress=sys.stderr.isatty(),
    )
    if args.output:
        _write(args.output, result.x)
    if figure is not None:
        _draw(figure, args, result)
    _show(args, result)
    return 0 if result.converged or result.reason == "least_squares" else 2


def _right_side(path):
    """The one column of a file."""
    from . import sparse

    found = sparse.read(path)
    found = found.toarray() if hasattr(found, "toarray") else found
    if found.ndim == 2 and found.shape[1] != 1:
        raise ValueError(f"{path} has {found.shape[1]} columns, expected one")
    return found.ravel()


def _write(path, x):
    import numpy as np

    if path.endswith(".npy"):
        return np.save(path, x)
    from scipy.io import mmwrite

    return mmwrite(path, x[:, None])


def _show(args, result):
    if args.json:
        values = dict(vars(result))
        values["history"] = result.history.tolist()
        del values["x"]
        print_json(values)
        return
    print(f"{result.method}: {result.reason} after {result.iterations} steps")
    relative = result.residual_norm / result.norm_b if result.norm_b else result.residual_norm
    print(f"||b - A x|| {result.residual_norm:.3e}, over ||b|| {relative:.3e}")
    name = f" ({result.preconditioner})" if result.preconditioner else ""
    print(f"{result.products} products with A, {result.preconditionings} with M{name}")
    print(f"{result.seconds:.3g} s")


def _figure():
    try:
        from matplotlib.figure import Figure
    except ImportError:
        raise ImportError("--plot needs matplotlib: pip install matplotlib") from None
    return Figure(figsize=(7, 4.5), layout="constrained")


def _draw(figure, args, result):
    from . import plot

    plot.residuals([result], figure.subplots())
    figure.savefig(args.plot)
