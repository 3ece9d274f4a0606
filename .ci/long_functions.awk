# SPDX-License-Identifier: MIT
# Prints the C functions whose body has 50 lines or more; exit status 1 if there is one.  The
# sources are formatted: a function opens with ") {" outside of any other and closes with a "}" in
# column 1.  -v min=COUNT: from so many lines on.
BEGIN { min = min ? min : 50 }
FNR == 1 { open = 0 }
!open && /^[a-zA-Z].*\(/ { name = $0 }
!open && /\) \{$/ { open = FNR; functions++; next }
/^}/ && open {
    if (FNR - open - 1 >= min) {
        print FILENAME ":" open ": " FNR - open - 1 " lines: " name
        bad = 1
    }
    open = 0
}
END {
    if (functions == 0)
        print "no function was found"
    exit bad || functions == 0
}
