#!/bin/bash
# The expression language against the public suite's cases in the shared folder, group by group. TAP; skipped, counted,
# where the folder is absent. There is no list of exceptions: what exactness makes different is in no case of it.
set -uo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
suite=${TENON_SHARED:-}/jsonata-suite

if [ -z "${TENON_SHARED:-}" ] || [ ! -d "$suite/groups" ]; then
    echo "1..0 # skip the public suite is not here"
    exit 0
fi
out=$(mktemp)
trap 'rm -f "$out"' EXIT
env -i PATH="$PATH" "${TENON_BUILD:-$root/build/dev}/tenonctl" expr test "$suite" >"$out" 2>&1
n=0 bad=0
for group in "$suite"/groups/*/; do
    n=$((n + 1)) group=$(basename "$group")
    if grep -q "^failed $group/" "$out"; then
        bad=1
        echo "not ok $n - $group"
        grep "^failed $group/" "$out" | cut -c1-300 | sed 's/^/# /'
    else
        echo "ok $n - $group"
    fi
done
n=$((n + 1)) last=$(grep -E '^[0-9]+ passed, [0-9]+ failed$' "$out")
if [ "${last#0 passed}" != "$last" ] || [ -z "$last" ]; then
    bad=1
    echo "not ok $n - the run comes to its end"
    tail -n 20 "$out" | cut -c1-300 | sed 's/^/# /'
else
    echo "ok $n - the run comes to its end: $last"
fi
echo "1..$n"
exit "$bad"
