#!/bin/sh
# SPDX-License-Identifier: MIT
# sanitizers: no, it does not run a program of that build
# The assertions that the other scripts use: what holds passes, what does not fails and shows both sides.
. tests/cli/lib.sh
. tests/cli/expect.sh
cd "$work" || exit 1

fails() { # LINE COMMAND...: the check fails, and says this line
    line=$1
    shift
    expect "$@" >said
    got=$?
    cat said
    [ $got = 1 ] && grep -qxF -- "$line" said
}
wrong() { # COMMAND...: the check itself cannot be made
    expect "$@" >said
    [ $? = 2 ]
}
echo '{"counts": {"rows": 7}, "names": ["a", "b"], "items": [1], "recall@20": 0.5}' >one.json
printf '%s\n' '{"id": "a", "n": 1}' '{"id": "b", "n": 2}' >rows.jsonl
printf '%s\n' '{"id": "a", "n": 1}' '{"id": "b", "n": 3}' >other.jsonl
printf 'id,n\na,1\nb,2\n' >rows.csv
check "json" expect json one.json "counts.rows == 7 and names[1] == 'b' and d['recall@20'] < 1" "len(d['items']) == 1"
check "json: both sides of a comparison" fails "    counts.rows is 7" json one.json "counts.rows > 9"
check "json: the comparison itself" fails "wanted: counts.rows > 9" json one.json "counts.rows > 9"
check "json: every part of an and" fails "    names is ['a', 'b']" json one.json "counts.rows == 7 and names == ['a']"
check "json: a member that is missing" fails "wanted: counts.lines == 1" json one.json "counts.lines == 1"
check "json: a name for a value" expect json one.json "c = counts" "c.rows == 7"
check "rows: how many" expect rows rows.jsonl 2 "increasing(r.n for r in rows)"
check "rows: how many there are" fails "    len(rows) is 2" rows rows.jsonl 3
check "rows of CSV" expect rows rows.csv 2 "rows[1].n == '2'"
check "that: several files" expect that a=rows.jsonl b=rows.csv "[r.id for r in a] == [r.id for r in b]"
check "that: both sides" fails "    len(b) is 2" that a=rows.jsonl b=rows.csv "len(a) < len(b)"
check "equal" expect equal 'a b' 'a b'
check "equal: both sides" fails "got:    'b'" equal a b
check "close" expect close 0.38 0.3803 --within 0.001
check "close: how far" fails "got:    0.39, 0.01 away" close 0.38 0.39 --within 0.001
check "same" expect same rows.jsonl other.jsonl id
check "same: the first row that differs" fails "    other.jsonl: ['b', 3]" same rows.jsonl other.jsonl id n
check "text" expect text rows.csv '^id,n$' '^b,[0-9]$'
check "text: the line that is missing" fails "wanted a line: ^c" text rows.csv '^a' '^c'
check "files" expect files . one.json rows.csv
check "files: the one that is missing" fails "wanted: a file two.json" files . one.json two.json
check "value" expect equal b "$(expect value one.json 'names[-1]')"
check "a file that is not there" wrong json none.json "True"
check "an expression that is none" wrong json one.json "a b"
nothing() { ! expect json one.json; }
check "no check at all" nothing
finish
