# Reads rooms.txt ("name floor dir deps"), then lines "path:line:#include …" of server/ and tenants/, and prints each
# #include that the graph does not allow. root: where the sources lie.

function room_of(path, dir)
{
    for (dir = path; dir ~ /\//;) {
        sub(/\/[^\/]*$/, "", dir)
        if (dir in room_at)
            return room_at[dir]
    }
    return ""
}

# The file behind #include "name", or "" for one that is made by the build.
function resolve(name, from, dir, line)
{
    dir = from
    sub(/[^\/]*$/, "", dir)
    if (exists(dir name))
        return dir name
    if (exists("server/" name))
        return "server/" name
    return exists("tenants/" name) ? "tenants/" name : ""
}

function exists(path, line, found)
{
    if (!(path in known)) {
        found = (getline line < (root "/" path)) >= 0
        close(root "/" path)
        known[path] = found
    }
    return known[path]
}

function refuse(why) { print at ": " why }

FNR == NR {
    room_at[$3] = $1
    gsub(/;/, " ", $0)
    for (i = 4; i <= NF; i++)
        may[$1, $i] = 1
    next
}

{
    split($0, part, ":")
    path = part[1]
    at = path ":" part[2]
    from = room_of(path)
    if (from == "" && path !~ /^server\/main\//) {
        if (!(path in told))
            refuse("belongs to no room")
        told[path] = 1
    }
    if (!match($0, /"[^"]+"/))
        next
    target = resolve(substr($0, RSTART + 1, RLENGTH - 2), path)
    to = target == "" ? "" : room_of(target)
    if (to == "" || to == from)
        next
    if (target ~ /_int\.h$/ && from != "")
        refuse(target " is " to "'s own")
    else if (from != "" && !((from, to) in may))
        refuse(from " may not include " to)
    else if (path ~ /^tenants\/connectors\// && to == "connect" && target !~ /\/connector\.h$/)
        refuse("a connector sees of connect only connect/connector.h")
}
