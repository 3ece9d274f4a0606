# SPDX-License-Identifier: MIT
# The manual page of the library is its header, which is its whole documentation.
BEGIN {
    print ".TH TWOTOWER 3 \"\" \"twotower " version "\" \"Library functions\""
    print ".SH NAME\ntwotower \\- inference core of a two\\-tower recommender"
    print ".SH SYNOPSIS\n.nf\n#include <twotower.h>\ncc program.c $(pkg\\-config \\-\\-cflags \\-\\-libs twotower)\n.fi"
    print ".SH DESCRIPTION\n.nf"
}
/^#(ifndef|define|ifdef|else|endif)|^extern "C"|^}$|SPDX/ { next }
{
    gsub(/\\/, "\\e")
    gsub(/-/, "\\-")
    sub(/^[.']/, "\\\\\\&&")
    print
}
END { print ".fi\n.SH SEE ALSO\n.BR twotower (1)" }
