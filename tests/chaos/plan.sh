#!/bin/bash
# A seed names one plan of faults, so that a run can be repeated.
set -u
HERE=$(dirname "${BASH_SOURCE[0]}") RUN=run N=0 BAD=0

plan() { TENON_CHAOS_SEED=$1 TENON_CHAOS_KILLS=40 TENON_CHAOS_BLOWS=40 "$RUN" --plan; }

# check SENTENCE STATUS
check() {
    N=$((N + 1))
    if [ "$2" = 0 ]; then echo "ok $N - $1"; else
        BAD=$((BAD + 1))
        echo "not ok $N - $1"
    fi
}

# plans PROGRAM VICTIM…
plans() {
    local one again other victim
    RUN=$HERE/$1
    one=$(plan 4711) again=$(plan 4711) other=$(plan 4712)
    [ "$(wc -l <<<"$one")" = 41 ]
    check "$1: a plan has a line for every blow" $?
    [ "$one" = "$again" ]
    check "$1: the same seed gives the same plan and hash" $?
    [ "$(tail -n +2 <<<"$one")" != "$(tail -n +2 <<<"$other")" ]
    check "$1: another seed gives another plan" $?
    [ "$(head -n 1 <<<"$one" | grep -o 'plan .*')" != "$(head -n 1 <<<"$other" | grep -o 'plan .*')" ]
    check "$1: and another hash" $?
    for victim in "${@:2}"; do
        grep -q " $victim " <<<"$one"
        check "$1: the plan of 40 blows has $victim among them" $?
    done
}

plans run worker api redis postgres stop
plans flows.sh worker worker2 api api2 redis flush postgres cut full clock hang
echo "1..$N"
[ "$BAD" = 0 ]
