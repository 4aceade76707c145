"""Link objects and archives into one relocatable object that shows only the symbols asked for.

    link_object.py --ld LD --objcopy OBJCOPY --keep PATTERN --output OUT INPUT...

Everything else in it becomes local, COMDAT groups and weak symbols included, so that no other
object can take a copy from it. With --ar the object goes into an archive, which is the output.
"""

import argparse
import pathlib
import subprocess


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--ld", required=True)
    parser.add_argument("--objcopy", required=True)
    parser.add_argument("--ar")
    parser.add_argument("--keep", required=True, help="shell pattern of the symbols that stay")
    parser.add_argument("--output", required=True, type=pathlib.Path)
    parser.add_argument("inputs", nargs="+")
    args = parser.parse_args()

    # The object's own name stays in the archive, so it says what it is.
    linked = args.output.with_suffix(".o") if args.ar else args.output
    link = [args.ld, "-r", "--force-group-allocation", "-o", str(linked)]
    subprocess.run([*link, "--whole-archive", *args.inputs], check=True)
    keep = ["--wildcard", f"--keep-global-symbol={args.keep}"]
    subprocess.run([args.objcopy, *keep, str(linked)], check=True)
    if args.ar:
        args.output.unlink(missing_ok=True)
        subprocess.run([args.ar, "rcsD", str(args.output), str(linked)], check=True)


if __name__ == "__main__":
    main()
