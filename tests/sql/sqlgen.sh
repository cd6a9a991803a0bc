#!/bin/sh
# sqlgen reads what style.md says and names the place of what is wrong. TAP on stdout.
#   tests/sql/sqlgen.sh [SQLGEN]  the tool to test; CC compiles what it makes, if set or found
set -u
tool=${1:-${TENON_BUILD:?the path of sqlgen, or TENON_BUILD}/sqlgen}
here=$(cd "$(dirname "$0")/../.." && pwd)
dir=$(mktemp -d /tmp/sqlgen-test.XXXXXX)
trap 'rm -rf "$dir"' EXIT
n=0
bad=0

tell() { # 0|1 sentence
    n=$((n + 1))
    if [ "$1" -eq 0 ]; then
        echo "ok $n - $2"
    else
        bad=1
        echo "not ok $n - $2"
        sed 's/^/# /' "$dir/err"
    fi
}

# refuses SENTENCE PATTERN < queries: the message must match, and nothing may be written
refuses() {
    rm -rf "$dir/out" && mkdir "$dir/out"
    cat >"$dir/room.sql"
    if "$tool" "$dir/out" "$dir/room.sql" 2>"$dir/err"; then
        echo "accepted" >"$dir/err"
        tell 1 "$1"
    else
        [ -z "$(ls "$dir/out")" ] && grep -q "room.sql:$2" "$dir/err"
        tell $? "$1"
    fi
}

# makes SENTENCE PATTERN < queries: what is made compiles and holds the text
makes() {
    rm -rf "$dir/out" && mkdir "$dir/out"
    cat >"$dir/room.sql"
    "$tool" "$dir/out" "$dir/room.sql" 2>"$dir/err" &&
        ${CC:-cc} -std=gnu2x -Wall -Wextra -Werror -I"$here/server" -I"$dir/out" -fsyntax-only \
            "$dir/out/q_room.c" "$dir/out/q_table.c" 2>"$dir/err" &&
        cat "$dir/out"/* | grep -qF -- "$2"
    tell $? "$1"
}

makes "a name becomes a number" 'where id = $1 and not $2 or $1' <<'SQL'
-- a :one   in id uuid, held bool   out state text
select state from o where id = :id and not :held or :id;
SQL
makes "casts, quotes, slices and operators are no parameters" "':id', \\\"y:id\\\", e'\\\\':id', \$q\$;:id\$q\$, \$1::id, z[1:2], d -> 'a'" <<'SQL'
-- a :exec   in id text
select ':id', "y:id", e'\':id', $q$;:id$q$, :id::id, z[1:2], d -> 'a';
SQL
makes "comments are left out" '"select 1 ,$1"' <<'SQL'
-- # of the file
--

-- a :exec   in id int
-- # of the statement
select 1 /* :x /* ; */ */,:id-- :y;
;
SQL
makes "a header goes on over several lines" "int64_t until_us;" <<'SQL'
-- a :many   in since timestamptz,
--              until timestamptz
--           out id uuid,
--              total bigint
select :since, :until;
SQL
makes "a nullable scalar has a companion" "bool has_due;" <<'SQL'
-- a :maybe   in due timestamptz?   out due_us timestamptz?, note text?, raw bytea?
select :due;
SQL
makes "an array has a length" "const char *const *names;" <<'SQL'
-- a :exec   in ids uuid[], names text[], raws bytea[], ns int[], bs bigint[], oks bool[], ats timestamptz[]
select :ids, :names, :raws, :ns, :bs, :oks, :ats;
SQL
makes "a statement without inputs takes none" "enum err q_a(struct scope *sc, int64_t *affected)" <<'SQL'
-- a :exec
delete from o;
SQL
makes "no statement is a table of none" "db_statement_count = 0;" </dev/null
"$tool" "$dir/out" 2>"$dir/err" && [ -s "$dir/out/q_table.c" ]
tell $? "no file is a table of none"

refuses "an undeclared parameter" '3: a: :no is not declared' <<'SQL'
-- a :exec   in id uuid
select :id,
  :no;
SQL
refuses "an unused parameter" '2: a: :spare is declared and not used' <<'SQL'
-- a :exec   in id uuid,
--    spare int
select :id;
SQL
refuses "an unknown type" '1: a: unknown type numeric of id' <<'SQL'
-- a :exec   in id numeric
select :id;
SQL
refuses "an unknown cardinality" '1: a: :one, :maybe' <<'SQL'
-- a :some   out id uuid
select 1;
SQL
refuses "a name declared twice" '1: a: id is declared twice' <<'SQL'
-- a :exec   in id uuid, id int
select :id;
SQL
refuses "two members of one name" '1: a: at_us is declared twice' <<'SQL'
-- a :exec   in at timestamptz, at_us bigint
select :at, :at_us;
SQL
refuses "a statement's name used twice" '3: a stands in ' <<'SQL'
-- a :exec
select 1;
-- a :exec
select 2;
SQL
refuses "a statement without an end" '1: a is not ended' <<'SQL'
-- a :exec
select 1
SQL
refuses "a statement that runs into the next" '3: a is not ended' <<'SQL'
-- a :exec
select 1
-- b :exec
select 2;
SQL
refuses "a quote without an end" "2: a: a quote does not end" <<'SQL'
-- a :exec
select 'x;
SQL
refuses "SQL without a header" '1: SQL without' <<'SQL'
select 1;
SQL
refuses "a numbered parameter" '2: a: a parameter is written :name' <<'SQL'
-- a :exec
select $1;
SQL
refuses "columns of an exec" '1: a: an :exec statement has no columns' <<'SQL'
-- a :exec   out id uuid
select 1;
SQL
refuses "a one without columns" '1: a: a :one statement needs columns' <<'SQL'
-- a :one
select 1;
SQL
refuses "an array as a column" '1: a: ids: an array can only be an input' <<'SQL'
-- a :one   out ids uuid[]
select 1;
SQL
refuses "a prose line between statements" '1: ' <<'SQL'
-- This file holds prose.
select 1;
SQL
echo "1..$n"
exit $bad
