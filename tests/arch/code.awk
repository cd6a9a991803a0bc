# Reads C and prints "path:line:text" for every line that has any.
# mode=code: the code alone, comments gone and literals emptied; mode=text: each string literal by itself.

FNR == 1 { within = "" }

{
    rest = $0
    code = ""
    literal = ""
    while (rest != "") {
        if (within == "comment") {
            end = index(rest, "*/")
            if (!end)
                break
            rest = substr(rest, end + 2)
            code = code " "
            within = ""
        } else if (within != "") {
            if (substr(rest, 1, 1) == "\\") {
                literal = literal substr(rest, 1, 2)
                rest = substr(rest, 3)
            } else if (substr(rest, 1, 1) == within) {
                code = code within
                rest = substr(rest, 2)
                if (mode == "text" && within == "\"")
                    print FILENAME ":" FNR ":" literal
                within = ""
            } else {
                match(rest, /^[^"'\\]+|^./)
                literal = literal substr(rest, 1, RLENGTH)
                rest = substr(rest, RLENGTH + 1)
            }
        } else if (!match(rest, /\/\*|\/\/|["']/)) {
            code = code rest
            break
        } else {
            code = code substr(rest, 1, RSTART - 1)
            found = substr(rest, RSTART, RLENGTH)
            rest = substr(rest, RSTART + RLENGTH)
            if (found == "//")
                break
            if (found == "/*") {
                within = "comment"
            } else if (found == "'" && code ~ /[0-9]$/) {
                continue # a digit separator
            } else {
                within = found
                code = code found
                literal = ""
            }
        }
    }
    if (within != "comment")
        within = ""
    if (mode != "text" && code ~ /[^ \t]/)
        print FILENAME ":" FNR ":" code
}
