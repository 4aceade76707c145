"""python -m windlass info|describe|text|mixture|solve"""

import argparse
import errno
import io
import json
import os
import sys

from . import _mixture_command, _solve_command, _text_command

# What can be done: name, what it says of itself, its arguments, and the function that does it.
COMMANDS = {}


def command(name, summary, *arguments):
    """Add a function to the commands; `arguments` are (flags, options) of add_argument."""

    def add(function):
        COMMANDS[name] = (summary, arguments, function)
        return function

    return add


@command(
    "info",
    "what is loaded and how it is set",
    (("--json",), {"action": "store_true", "help": "for programs"}),
)
def show_info(args):
    import windlass

    found = windlass.info()
    if args.json:
        print(json.dumps(found, indent=1))
        return
    width = max(map(len, found))
    for name, value in found.items():
        value = " ".join(value) if isinstance(value, list) else value
        print(f"{name:<{width}}  {value}")


@command(
    "describe",
    "the properties of a kind of object",
    (("kind",), {"nargs": "?", "help": "list the kinds when absent"}),
)
def show_properties(args):
    import windlass

    if args.kind is None:
        print("\n".join(windlass.kinds()))
        return
    for p in windlass.describe(args.kind).values():
        what = "result" if p.result else f"initially {p.initial}"
        print(f"{p.name}: {p.type}, {what}. {p.help}")


def _write_no_more():
    if sys.stdout is not None:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def main(arguments=None):
    """Run one of the commands; the process's exit status."""
    parser = argparse.ArgumentParser(prog="windlass", description="Native numerical kernels.")
    parsers = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for name, (summary, options, function) in COMMANDS.items():
        one = parsers.add_parser(name, help=summary, description=summary)
        one.set_defaults(function=function)
        for flags, settings in options:
            one.add_argument(*flags, **settings)
    _text_command.add_to(parsers)
    _mixture_command.add_to(parsers)
    _solve_command.add_to(parsers)
    args = parser.parse_args(arguments)
    from windlass import WindlassError

    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")  # of what its encoding does not have
    try:
        status = args.function(args) or 0
        if sys.stdout is None:
            raise OSError(errno.EBADF, "standard output is closed")
        sys.stdout.flush()
    except WindlassError as error:
        print(f"windlass: {error}", file=sys.stderr)
        return 1
    except BrokenPipeError:  # nobody reads on; what is still to be written has nowhere to go
        _write_no_more()
        return 1
    except OSError as error:
        print(f"windlass: {error.strerror or error}", file=sys.stderr)
        _write_no_more()
        return 1
    except KeyboardInterrupt:
        return 130
    return status


if __name__ == "__main__":
    sys.exit(main())
