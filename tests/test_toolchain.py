"""tools/toolchain.sh on machines that lack something, with a package manager that is a script."""

import os
import shutil
import subprocess
import sys

import pytest

pytestmark = pytest.mark.no_sanitizer

PROGRAMS = "sh mktemp rm cat grep tr uname mkdir env as ld touch ln".split()
# Called as `env DEBIAN_FRONTEND=... apt-get install -y --no-install-recommends PACKAGE...`
APT = """#!/bin/sh
echo "apt-get $*" >>calls
[ "$1" = update ] && touch lists && exit 0
[ -f lists ] || exit 100
for word; do
  [ "$word" != g++ ] || ln -s {cxx} bin/g++
done
"""


@pytest.fixture
def machine(tmp_path):
    """A folder to run in, with a PATH that holds little more than a C compiler and Python."""
    programs = tmp_path / "bin"
    programs.mkdir()
    for name in PROGRAMS:
        (programs / name).symlink_to(shutil.which(name))
    (programs / "gcc").symlink_to(shutil.which("gcc") or pytest.skip("needs gcc"))
    (programs / "python3").symlink_to(sys.executable)
    return tmp_path


def script(folder, name, text):
    path = folder / "bin" / name
    path.write_text(text)
    path.chmod(0o755)


def toolchain(machine, root, role="build"):
    return subprocess.run(
        ["sh", root / "tools" / "toolchain.sh", role],
        cwd=machine,
        env={"PATH": str(machine / "bin"), "TMPDIR": str(machine), "LC_ALL": "C"},
        capture_output=True,
        text=True,
        timeout=120,
    )


def test_installs_the_compiler_when_it_may(machine, root):
    script(machine, "id", "#!/bin/sh\necho 0\n")
    script(machine, "apt-get", APT.format(cxx=os.path.realpath(shutil.which("g++"))))
    done = toolchain(machine, root)
    assert done.returncode == 0, done.stderr
    calls = (machine / "calls").read_text().splitlines()
    install = "apt-get install -y --no-install-recommends g++"
    assert calls == [install, "apt-get update", install]
    record = (machine / "build" / "toolchain").read_text().splitlines()
    assert record == ["gcc g++", "for build"]
    # A second run asks nothing of anybody.
    assert toolchain(machine, root).returncode == 0
    assert len((machine / "calls").read_text().splitlines()) == 3


def test_names_the_command_when_it_may_not(machine, root):
    script(machine, "id", "#!/bin/sh\necho 1000\n")
    script(machine, "apt-get", APT.format(cxx="none"))
    done = toolchain(machine, root, "test")
    assert done.returncode != 0
    assert not (machine / "calls").exists() and not (machine / "build" / "toolchain").exists()
    command = [line for line in done.stderr.splitlines() if "apt-get install" in line]
    assert len(command) == 1
    assert command[0].split()[:4] == ["sudo", "apt-get", "install", "g++"]


def test_uses_sudo_that_asks_no_password(machine, root):
    script(machine, "id", "#!/bin/sh\necho 1000\n")
    script(machine, "sudo", '#!/bin/sh\n[ "$1" = -n ] || exit 1\nshift\nexec "$@"\n')
    script(machine, "true", "#!/bin/sh\n")
    script(machine, "apt-get", APT.format(cxx=os.path.realpath(shutil.which("g++"))))
    done = toolchain(machine, root)
    assert done.returncode == 0, done.stderr
