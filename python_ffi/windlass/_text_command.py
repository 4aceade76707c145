"""windlass text wc|doubles|count|lines|words: the text kernels over files and standard input."""

import argparse
import contextlib
import errno
import json
import os
import stat
import sys
import time

_PIECE = 1 << 22  # bytes of standard input at a time
_PATIENCE = 0.5  # seconds before a bar appears


def add_to(parsers):
    """Add the command "text" to argparse's sub-parsers."""
    summary = "count in files: characters, words, lines, needles"
    text = parsers.add_parser("text", help=summary, description=summary)
    commands = text.add_subparsers(dest="what", required=True, metavar="COMMAND")
    for name, (help_text, add_options, function) in _COMMANDS.items():
        one = commands.add_parser(name, help=help_text, description=help_text + ".")
        one.add_argument(
            "files", nargs="*", metavar="FILE", help="-, or none at all: standard input"
        )
        one.add_argument("--json", action="store_true", help="for programs")
        one.add_argument(
            "--invalid",
            choices=("strict", "lossy", "bytes"),
            help="what ill-formed UTF-8 is: an error, replacement characters, just bytes",
        )
        wanted = "0: as many as there are cores"
        one.add_argument("--threads", type=_threads, metavar="N", help=wanted)
        add_options(one)
        one.set_defaults(function=function)


# Input ------------------------------------------------------------------------------------------


class Files:
    """The files of a command line, and whether all could be read."""

    def __init__(self, args):
        self.names = args.files or ["-"]
        self.threads = args.threads
        self.status = 0

    def each(self, of_path, of_stream):
        """(name, result) of each that can be read; what is wrong with others goes to stderr.

        Parameters
        ----------
        of_path : callable
            Gives the result of a path and a progress callback.
        of_stream : callable
            Gives the result of what feeds streams: called with them, it feeds all.
        """
        import windlass

        for name in self.names:
            try:
                with windlass.threads(self.threads), bar(name) as show:
                    if name == "-":
                        result = of_stream(lambda *streams, show=show: feed_all(streams, show))
                    else:
                        result = of_path(name, show)
            except (OSError, ValueError, MemoryError) as error:
                if isinstance(error, BrokenPipeError):
                    raise
                self.complain(name, error)
                continue
            yield name, result

    def complain(self, name, error):
        complain(f"{shown(name)}: {said_by(error)}")
        self.status = 1


def complain(said):
    print(f"windlass: {said}", file=sys.stderr)


def said_by(error):
    """What is wrong, without the name of a C function."""
    from windlass._errors import WindlassError, plainly

    if isinstance(error, WindlassError):
        return plainly(error)
    return getattr(error, "strerror", None) or error


def feed_all(streams, show):
    """Standard input to its end, to every stream."""
    if sys.stdin is None:
        raise OSError(errno.EBADF, "standard input is closed")
    feed_from(sys.stdin.buffer, -1, streams, show)


def feed_file(path, streams, show):
    """A file from its beginning to its end, read once, to every stream."""
    with open(path, "rb") as file:
        state = os.fstat(file.fileno())
        size = state.st_size if stat.S_ISREG(state.st_mode) else -1
        feed_from(file, size, streams, show)


def feed_from(file, size, streams, show):
    done, begin = 0, time.monotonic()
    while piece := file.read1(_PIECE):
        for stream in streams:
            stream.feed(piece)
        done += len(piece)
        if show is not None:
            show.at(done, size, time.monotonic() - begin)


class Bar:
    """tqdm's bar for one file, once that has taken a while."""

    def __init__(self, name, make):
        self.name, self.make, self.bar = name, make, None

    def __call__(self, now):
        self.at(now.done, now.total, now.seconds)

    def at(self, done, total, seconds):
        if self.bar is None and seconds >= _PATIENCE:
            total = None if total < 0 else total
            options = {"unit": "B", "unit_scale": True, "leave": False}
            self.bar = self.make(total=total, desc=shown(self.name), **options)
        if self.bar is not None:
            self.bar.update(done - self.bar.n)

    def close(self):
        if self.bar is not None:
            self.bar.close()


@contextlib.contextmanager
def bar(name):
    """A progress callback where someone looks at it and tqdm is there, else None."""
    try:
        looked_at = sys.stderr.isatty()
        from tqdm import tqdm
    except (ImportError, AttributeError, ValueError):
        looked_at = False
    if not looked_at:
        yield None
        return
    shows = Bar(name, tqdm)
    try:
        yield shows
    finally:
        shows.close()


# Output -----------------------------------------------------------------------------------------


def shown(text):
    """Bytes, or a name with bytes that are no characters, as what can be printed."""
    if isinstance(text, str):
        text = os.fsencode(text)
    return text.decode("utf-8", "backslashreplace")


def print_rows(files, columns, rows, args):
    """Rows of numbers, each of a file, and their total below; `columns` names them."""
    rows = list(rows)
    total = [max(c, default=0) if n == "longest_line" else sum(c) for n, c in _by(columns, rows)]
    of_needles = args.what == "count" and len(columns) > 1

    def as_json(row):
        counts = dict(zip(columns, row, strict=True))
        return {"counts": counts} if of_needles else counts  # a needle may be "file"

    if args.json:
        listed = [{"file": shown(name), **as_json(row)} for name, row in rows]
        print_json({"files": listed, "total": as_json(total)})
        return
    if len(files.names) > 1:
        rows.append(("total", total))
    if of_needles:  # which may hold spaces
        print(*columns, sep="\t")
        width, gap = 1, "\t"
    else:
        width, gap = max((len(str(value)) for _, row in rows for value in row), default=1), " "
    for name, row in rows:
        numbers = gap.join(f"{value:>{width}}" for value in row)
        print(numbers if not args.files else f"{numbers} {shown(name)}")


def _by(columns, rows):
    return [(name, [row[i] for _, row in rows]) for i, name in enumerate(columns)]


def print_json(value):
    print(json.dumps(value, indent=1, ensure_ascii=False))


# Commands ---------------------------------------------------------------------------------------


def _wc_options(parser):
    parser.add_argument(
        "--whitespace",
        choices=("unicode", "ascii", "python"),
        default="unicode",
        help="what separates words",
    )


def count_all(args):
    from windlass import text

    options = {"whitespace": args.whitespace, "invalid": args.invalid}

    def of_stream(feed):
        stream = text.Stream("wc", **options)
        feed(stream)
        return stream.result()

    files = Files(args)
    found = files.each(lambda path, show: text.wc(path=path, progress=show, **options), of_stream)
    columns = ("lines", "words", "chars", "bytes", "longest_line")
    rows = [(name, [getattr(counts, c) for c in columns]) for name, counts in found]
    print_rows(files, columns, rows, args)
    return files.status


def _doubles_options(parser):
    parser.add_argument("--unit", choices=("char", "byte"), default="char", help="what repeats")
    parser.add_argument("--ignore-case", action="store_true", help="of ASCII letters")
    parser.add_argument("--runs", action="store_true", help="runs of two or more instead")


def count_doubles(args):
    from windlass import text

    name = "count_runs" if args.runs else "count_doubles"
    options = {"unit": args.unit, "ignore_case": args.ignore_case, "invalid": args.invalid}

    def of_path(path, show):
        return getattr(text, name)(path=path, progress=show, **options)

    def of_stream(feed):
        stream = text.Stream(name, **options)
        feed(stream)
        return stream.result()

    files = Files(args)
    rows = [(file, [number]) for file, number in files.each(of_path, of_stream)]
    print_rows(files, ("count",), rows, args)
    return files.status


def _needle_options(parser, many=True):
    wanted = "what to look for" + ("; may be given more than once" if many else "")
    action = {"action": "append"} if many else {"action": Once, "type": _within_a_line}
    parser.add_argument("-e", dest="needle", metavar="NEEDLE", required=True, help=wanted, **action)
    parser.add_argument("--ignore-case", action="store_true", help="of ASCII letters")
    either = parser.add_mutually_exclusive_group()
    words = {"dest": "whole_words", "action": "store_const"}
    wanted = "not next to a letter, digit or underscore, as grep -w has it"
    either.add_argument("--whole-words", **words, const="ascii", help=wanted)
    either.add_argument("--space-words", **words, const="space", help="between whitespace")
    parser.add_argument("--overlapping", action="store_true", help='"aa" is twice in "aaa"')


class Once(argparse.Action):
    """An option that is given once."""

    def __call__(self, parser, namespace, values, option_string=None):
        if getattr(namespace, self.dest) is not None:
            parser.error(f"{option_string} is given more than once")
        setattr(namespace, self.dest, values)


def _within_a_line(text):
    if "\n" in text:
        raise argparse.ArgumentTypeError("it holds a line feed, and is looked for within lines")
    return text


def _needle_settings(args):
    names = ("ignore_case", "whole_words", "overlapping", "invalid")
    return {name: getattr(args, name) for name in names}


def count_needles(args):
    from windlass import text

    needles = [os.fsencode(one) for one in args.needle]
    options = _needle_settings(args)

    def of_path(path, show):
        if len(needles) > 1:  # which may be a pipe
            return of_stream(lambda *streams: feed_file(path, streams, show))
        return [text.count(None, needles[0], path=path, progress=show, **options)]

    def of_stream(feed):
        streams = [text.Stream("count", needle=needle, **options) for needle in needles]
        feed(*streams)
        return [stream.result() for stream in streams]

    def of_many(source, show=None):
        plain = {name: value for name, value in options.items() if name != "whole_words"}
        if isinstance(source, str):  # a path; else what feeds streams
            found = text.count_many(None, needles, path=source, progress=show, **plain)
            return found.tolist()
        stream = text.Stream("count_many", needles=needles, **plain)
        source(stream)
        return stream.result().tolist()

    files = Files(args)
    together = len(needles) > 1 and not args.whole_words
    found = files.each(of_many, of_many) if together else files.each(of_path, of_stream)
    columns = ("count",) if len(needles) == 1 else tuple(map(shown, needles))
    print_rows(files, columns, found, args)
    return files.status


def count_lines(args):
    from windlass import text

    needle, options = os.fsencode(args.needle), _needle_settings(args)

    def of_path(path, show):
        return text.count_lines(None, needle, path=path, progress=show, **options)

    def of_stream(feed):
        stream = text.Stream("count_lines", needle=needle, **options)
        feed(stream)
        return stream.result()

    files = Files(args)
    rows = [(name, [c.lines, c.total]) for name, c in files.each(of_path, of_stream)]
    print_rows(files, ("lines", "total"), rows, args)
    return files.status


def _words_options(parser):
    _wc_options(parser)
    parser.add_argument("--lower", action="store_true", help="make letters of ASCII small")
    parser.add_argument("--top", type=_positive, default=10, metavar="N", help="initially 10")
    parser.add_argument("--plot", metavar="PNG", help="draw a bar chart; needs matplotlib")


def _positive(text, least=1):
    try:
        number = int(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is no whole number") from None
    if number < least:
        raise argparse.ArgumentTypeError(f"{number} is less than {least}")
    return number


def _threads(text):
    return _positive(text, 0)


def count_words(args):
    from windlass import text

    options = {"whitespace": args.whitespace, "lower": args.lower, "top": args.top}
    options["invalid"] = args.invalid
    files = Files(args)

    def of_stream(feed):
        stream = text.Stream("word_counts", **options)
        feed(stream)
        return stream, stream.result()

    def of_path(path, show):
        if len(files.names) == 1:
            return None, text.word_counts(path=path, progress=show, **options)
        return of_stream(lambda *streams: feed_file(path, streams, show))

    whole = table = None
    for _, (stream, counts) in files.each(of_path, of_stream):
        if whole is None:
            whole, table = stream, counts
        else:  # one corpus, in which no word goes from one file to the next
            whole.feed(b"\n").merge(stream)
            table = None
    if table is None and whole is not None:
        table = whole.result()
    if table is None:  # no file could be read
        if args.json:
            print_json({"total": 0, "distinct": 0, "words": []})
        return files.status
    words = [(shown(word), count) for word, count in table.most_common(args.top)]
    if args.json:
        print_json({"total": table.total, "distinct": table.distinct, "words": words})
    else:
        width = len(str(words[0][1])) if words else 1
        for word, count in words:
            print(f"{count:>{width}} {word}")
    if args.plot:
        try:
            plot(words, args.plot)
        except (OSError, ValueError) as error:
            files.complain(args.plot, error)
    return files.status


def plot(words, path):
    """A bar chart of the most frequent words, the first at the top."""
    try:
        from matplotlib.figure import Figure
    except ImportError:
        raise SystemExit("windlass: --plot needs matplotlib: pip install matplotlib") from None
    figure = Figure(figsize=(7, 1 + 0.24 * len(words)), layout="constrained")
    axes = figure.add_subplot()
    places = range(len(words))
    axes.barh(places, [count for _, count in words])
    axes.set_yticks(places, [word.replace("$", r"\$") for word, _ in words])
    axes.invert_yaxis()
    axes.set_xlabel("occurrences")
    axes.spines[["top", "right"]].set_visible(False)
    figure.savefig(path)


_COMMANDS = {
    "wc": ("lines, words, characters, bytes, and the longest line", _wc_options, count_all),
    "doubles": ("places where a character is followed by itself", _doubles_options, count_doubles),
    "count": ("where needles are", _needle_options, count_needles),
    "lines": (
        "lines that hold a needle, and how often it is there",
        lambda parser: _needle_options(parser, many=False),
        count_lines,
    ),
    "words": ("the most frequent words", _words_options, count_words),
}
