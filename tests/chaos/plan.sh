#!/bin/bash
# A seed names one plan of faults, so that a run can be repeated.
set -u
RUN=$(dirname "${BASH_SOURCE[0]}")/run N=0 BAD=0

plan() { TENON_CHAOS_SEED=$1 TENON_CHAOS_KILLS=40 "$RUN" --plan; }

# check SENTENCE STATUS
check() {
    N=$((N + 1))
    if [ "$2" = 0 ]; then echo "ok $N - $1"; else
        BAD=$((BAD + 1))
        echo "not ok $N - $1"
    fi
}

ONE=$(plan 4711) AGAIN=$(plan 4711) OTHER=$(plan 4712)
[ "$(wc -l <<<"$ONE")" = 41 ]
check "a plan has a line for every blow" $?
[ "$ONE" = "$AGAIN" ]
check "the same seed gives the same plan and hash" $?
[ "$(tail -n +2 <<<"$ONE")" != "$(tail -n +2 <<<"$OTHER")" ]
check "another seed gives another plan" $?
[ "$(head -n 1 <<<"$ONE" | grep -o 'plan .*')" != "$(head -n 1 <<<"$OTHER" | grep -o 'plan .*')" ]
check "and another hash" $?
for victim in worker api redis postgres stop; do
    grep -q " $victim " <<<"$ONE"
    check "the plan of 40 blows has $victim among them" $?
done
echo "1..$N"
[ "$BAD" = 0 ]
