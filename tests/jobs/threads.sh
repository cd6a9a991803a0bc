#!/bin/bash
# Fibers, loop, queue and HTTP under the thread sanitizer: the same unit tests in a build of their own. TAP.
set -uo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
build=$root/build/tsan
rooms="sys obs queue http"
n=0 bad=0

tell() { # 0|1 SENTENCE
    n=$((n + 1))
    if [ "$1" = 0 ]; then echo "ok $n - $2"; else
        bad=1
        echo "not ok $n - $2"
    fi
}

log=$(mktemp)
trap 'rm -f "$log"' EXIT
mkdir -p "$build" && exec 8>"$build/.lock" && flock 8 # another test builds there, too
cmake -G Ninja -S "$root" -B "$build" -DTENON_PRESET=tsan >"$log" 2>&1 &&
    # shellcheck disable=SC2046,SC2086
    ninja -C "$build" $(printf 'unit_%s ' $rooms) >>"$log" 2>&1
built=$?
exec 8>&-
[ "${1:-}" != --build ] || exit "$built" # ops/test has it done before
tell "$built" "the thread sanitizer's build is made"
[ "$built" = 0 ] || sed 's/^/# /' "$log" | tail -n 20
for room in $rooms; do
    TSAN_OPTIONS=halt_on_error=1 timeout 600 "$build/unit_$room" >"$log" 2>&1
    code=$?
    reports=$(grep -c 'WARNING: ThreadSanitizer' "$log")
    [ "$code" = 0 ] && [ "$reports" = 0 ] && [ "$(grep -c '^ok ' "$log")" -gt 0 ]
    tell $? "$room: $(grep -c '^ok ' "$log") tests pass and nothing races"
    [ "$code" = 0 ] && [ "$reports" = 0 ] || grep -E '^not ok|^#|ThreadSanitizer|    #[0-4]' "$log" | head -n 20 | sed 's/^/# /'
done
echo "1..$n"
exit "$bad"
