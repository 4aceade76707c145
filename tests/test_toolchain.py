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


def compilers(machine):
    return (machine / "build" / "toolchain").read_text().splitlines()[0]


def toolchain(machine, root, role="build", **asked):
    return subprocess.run(
        ["sh", root / "tools" / "toolchain.sh", role],
        cwd=machine,
        env={"PATH": str(machine / "bin"), "TMPDIR": str(machine), "LC_ALL": "C", **asked},
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


def test_goes_on_to_the_next_compiler_where_the_plain_one_is_old(machine, root):
    """Ubuntu 22.04: g++ is GCC 11, which knows C++20 but not __builtin_shufflevector."""
    cxx = os.path.realpath(shutil.which("g++"))
    old = f'#!/bin/sh\nexec {cxx} -D__builtin_shufflevector=missing "$@"\n'
    script(machine, "old", old)
    script(machine, "id", "#!/bin/sh\necho 0\n")
    newer = f'  [ "$word" != g++-12 ] || ln -s {cxx} bin/g++-12\n'
    newer += '  [ "$word" != g++-12 ] || ln -s gcc bin/gcc-12\ndone'
    script(machine, "apt-get", APT.format(cxx="old").replace("done", newer))
    done = toolchain(machine, root)
    assert done.returncode == 0, done.stderr
    packages = [line.split()[-1] for line in (machine / "calls").read_text().splitlines()]
    assert packages == ["g++", "update", "g++", "g++-12"]
    assert compilers(machine) == "gcc-12 g++-12"


def test_an_old_compiler_is_not_asked_for_again(machine, root):
    script(machine, "g++", "#!/bin/sh\nexit 1\n")
    script(machine, "id", "#!/bin/sh\necho 1000\n")
    script(machine, "apt-get", APT.format(cxx="none"))
    done = toolchain(machine, root)
    assert done.returncode != 0
    assert "  sudo apt-get install g++-12\n" in done.stderr


def test_probes_again_when_the_compiler_has_gone_or_another_is_asked_for(machine, root):
    cxx = os.path.realpath(shutil.which("g++"))
    script(machine, "apt-get", "#!/bin/sh\nexit 1\n")
    script(machine, "id", "#!/bin/sh\necho 0\n")
    for name in ("g++", "g++-12", "other"):
        (machine / "bin" / name).symlink_to(cxx)
    (machine / "bin" / "gcc-12").symlink_to("gcc")
    assert toolchain(machine, root).returncode == 0
    assert compilers(machine) == "gcc g++"
    assert toolchain(machine, root, CC="gcc", CXX="other").returncode == 0
    assert compilers(machine) == "gcc other"
    assert toolchain(machine, root).returncode == 0
    assert compilers(machine) == "gcc other"  # it stays, as nothing else is asked for
    (machine / "bin" / "other").unlink()
    (machine / "bin" / "g++").unlink()
    assert toolchain(machine, root).returncode == 0
    assert compilers(machine) == "gcc-12 g++-12"
    done = toolchain(machine, root, CXX="nowhere++")
    assert done.returncode != 0 and "CXX=nowhere++" in done.stderr


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
