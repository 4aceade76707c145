# mk.sh old|new : compile
set -e
W=$1; p=${W:0:1}; shift
SRC=/tmp/wt/u3; [ $p = o ] && SRC=/tmp/u3work/orig
F="-I$SRC -I$SRC/include -I$SRC/src -std=c++20 -O3 -fPIC -fvisibility=hidden -fno-gnu-unique -fno-semantic-interposition -fno-math-errno -Wno-restrict -Wall -Wextra -ffp-contract=fast -fno-trapping-math -DNDEBUG"
for l in ${@:-4}; do a=x86-64-v$l; [ $l = b ] && a=x86-64
for f in utf8 units; do g++ $F -march=$a -DWDL_LEVEL=$p$l -c $SRC/src/text/$f.simd.cpp -o b/$p$l$f.o; done; done
