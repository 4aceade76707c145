#!/bin/sh
# Sees that the programs a target needs are there; the compilers' names go to build/toolchain.
#   toolchain.sh build|test
# What is missing is installed through apt-get where that is allowed; otherwise the one command that
# installs it is printed, and the script fails.
set -eu
role=$1
record=build/toolchain
python=${PYTHON:-python3}

has_cxx20() {
  command -v "$1" >/dev/null 2>&1 && command -v "$2" >/dev/null 2>&1 || return 1
  scratch=$(mktemp -d)
  cat >"$scratch/probe.cpp" <<'CODE'
#include <bit>
#include <charconv>
#include <concepts>
#include <span>
#include <string>
typedef double Pair __attribute__((vector_size(16)));
template <std::floating_point T> int parse(std::span<const char> text, T &value) {
  return std::from_chars(text.data(), text.data() + text.size(), value).ec == std::errc();
}
int main() {
  std::string text = "1";
  double value = 0;
  Pair pair = {0, 1};
  pair = __builtin_shufflevector(pair, pair, 1, 0);  // GCC 11 has none
  return !parse<double>(text, value) || !std::has_single_bit(4u) || pair[0] != 1;
}
CODE
  march=
  [ "$(uname -m)" != x86_64 ] || march=-march=x86-64-v4
  status=0
  # shellcheck disable=SC2086
  "$2" -std=c++20 $march "$scratch/probe.cpp" -o "$scratch/probe" >/dev/null 2>&1 || status=1
  rm -r "$scratch"
  return $status
}

find_compiler() {
  if [ -n "${CXX:-}" ]; then  # the caller's choice, or none
    has_cxx20 "${CC:-cc}" "$CXX" && echo "${CC:-cc} $CXX"
    return 0
  fi
  for version in "" -15 -14 -13 -12; do
    if has_cxx20 "gcc$version" "g++$version"; then echo "gcc$version g++$version"; return 0; fi
  done
  for version in "" -20 -19 -18 -17 -16 -15 -14; do
    if has_cxx20 "clang$version" "clang++$version"; then
      echo "clang$version clang++$version"
      return 0
    fi
  done
}

has_gtest() {
  # shellcheck disable=SC2086
  echo '#include <gtest/gtest.h>' | ${1#* } -std=c++20 -x c++ -E - >/dev/null 2>&1
}

missing_packages() {
  compilers=$(find_compiler)
  command -v "$python" >/dev/null 2>&1 || echo python3
  # Debian splits ensurepip, which venv needs, from Python.
  "$python" -c 'import ensurepip, venv' >/dev/null 2>&1 || echo python3-venv
  [ -n "$compilers" ] || echo "$cxx_package"
  if [ "$role" = test ]; then
    has_gtest "${compilers:-none none}" || echo libgtest-dev
    command -v pkg-config >/dev/null 2>&1 || echo pkg-config
  fi
}

install_packages() {  # words of package names
  if ! command -v apt-get >/dev/null 2>&1; then return 1; fi
  as_root=
  if [ "$(id -u)" != 0 ]; then
    command -v sudo >/dev/null 2>&1 && sudo -n true 2>/dev/null || return 1
    as_root="sudo -n"
  fi
  echo "windlass: installing $*" >&2
  install="$as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends"
  # A fresh container has no package lists yet.
  $install "$@" >/dev/null 2>&1 || { $as_root apt-get update >&2 && $install "$@" >&2; }
}

# Whether an earlier run has seen to it, with compilers that are still there and still asked for.
recorded() {
  [ -f "$record" ] && grep -qx "for $role" "$record" || return 1
  read -r cc cxx <"$record"
  command -v "$cc" >/dev/null 2>&1 && command -v "$cxx" >/dev/null 2>&1 || return 1
  [ -z "${CXX:-}" ] || [ "${CC:-cc} $CXX" = "$cc $cxx" ]
}

give_up() {  # words of package names
  [ -z "${CXX:-}" ] || echo "The environment asks for CC=${CC:-cc} and CXX=$CXX." >&2
  echo "windlass needs a C++20 compiler (GCC 12, Clang 14 or newer) and Python's venv module;" >&2
  echo "'make test' needs GoogleTest and pkg-config too. Install what is missing with" >&2
  echo >&2
  if command -v dnf >/dev/null 2>&1; then
    echo "  sudo dnf install gcc gcc-c++ python3 gtest-devel pkgconf-pkg-config" >&2
  else
    echo "  sudo apt-get install $*" >&2
  fi
  exit 1
}

if recorded; then exit 0; fi
mkdir -p build
# Where the plain package is an older compiler, a newer one has a name of its own.
cxx_package=g++
! command -v g++ >/dev/null 2>&1 || cxx_package=g++-12
missing=$(missing_packages | tr '\n' ' ')
for _ in 1 2; do
  [ -n "$missing" ] || break
  # shellcheck disable=SC2086
  install_packages $missing || give_up $missing
  cxx_package=g++-12
  missing=$(missing_packages | tr '\n' ' ')
done
# shellcheck disable=SC2086
[ -z "$missing" ] || give_up $missing

if ! "$python" -c 'import sys; sys.exit(sys.version_info < (3, 10))'; then
  echo "windlass needs Python 3.10 or newer, this is $("$python" --version);" >&2
  echo "name another one with: make PYTHON=python3.12" >&2
  exit 1
fi
{
  find_compiler
  echo "for build"
  [ "$role" = build ] || echo "for $role"
} >"$record"
