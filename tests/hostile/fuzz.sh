#!/bin/bash
# HTTP/2 drawn from seeds against the server: nothing aborts it, no sanitizer speaks up, and a normal request is served
# after every few. The nightly run takes 1,000 seeds and more.
#   TENON_FUZZ_SEEDS=100      how many
#   TENON_FUZZ_FIRST=N        the first; its number and the failing one are told
#   TENON_HOSTILE_PORT=18570
# shellcheck disable=SC2034
LABEL=fuzz
# shellcheck source=stack.sh
. "$(dirname "${BASH_SOURCE[0]}")/stack.sh"

SEEDS=${TENON_FUZZ_SEEDS:-100} FIRST=${TENON_FUZZ_FIRST:-$RANDOM}

main() {
    local octets
    echo "# seeds $FIRST to $((FIRST + SEEDS - 1))"
    hostile_open fuzz "${TENON_HOSTILE_PORT:-18570}"
    hostile_start
    octets=$(client fuzz --octets "$FIRST")
    check "the same seed gives the same octets" "$(client fuzz --octets "$FIRST")" "$octets"
    holds "another seed gives others" test "$(client fuzz --octets $((FIRST + 1)))" != "$octets"
    check "$SEEDS seeds do not stop the server" "$(client fuzz "$FIRST" "$SEEDS")" ""
    tap_end
}

main
