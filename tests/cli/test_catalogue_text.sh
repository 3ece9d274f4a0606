#!/bin/sh
# SPDX-License-Identifier: MIT
# A catalogue whose texts are escapes, Markdown, formulas and commands of runners: what people and
# programs get to see of it.
. tests/cli/lib.sh
. tests/cli/expect.sh
cd "$work" || exit 1

"$TWOTOWER" synth --out shop --users 200 --videos 120 --seed 5 >/dev/null
cat >evil.py <<'PYTHON'
import csv

TITLES = ["\x1b]0;owned\x07\x1b[31mred", "abc\u202efed\u2066", "=HYPERLINK(\"https://evil.example\")",
          "+1+cmd|' /C calc'!A0",
          "::error::of a title", "line\n::warning::forged\n  1  9.999  best of all", "<img src=x onerror=alert(1)>",
          "\u009b2J", "a\tb", "##[add-mask]x"]
MAKERS = ["Acme\n\n## Gate: **passed**\n![p](https://evil.example/p.png)", "[click](javascript:alert(1))",
          "<b>bold</b>|x|",
          "@everyone `code` www.evil.example"]
rows = list(csv.DictReader(open("shop/videos.csv", newline="")))
for n, row in enumerate(rows):
    row["title"] = f"{TITLES[n % len(TITLES)]} {n}" if n % 2 else TITLES[n // 2 % len(TITLES)]
    row["maker"] = MAKERS[n % len(MAKERS)]
with open("shop/videos.csv", "w", newline="") as file:
    out = csv.DictWriter(file, rows[0].keys())
    out.writeheader()
    out.writerows(rows)
PYTHON
python3 evil.py
cp shop/videos.csv before.csv
mkdir seen
"$TWOTOWER" prep --db-url file:shop --input shop/reviews.csv --run-id p1 >seen/prep 2>&1
"$TWOTOWER" train --epochs 2 --teacher none --embedding-dim 16 --hidden-dim 16 --run-id r1 >seen/train 2>&1
"$TWOTOWER" eval --run-id r1 --min-over-popularity 0 >seen/eval 2>&1
summary=ml/artifacts/runs/r1/summary.md
recommend() {
    "$TWOTOWER" recommend --users 40 --limit 120 "$@"
}
check "recommend" sh -c '"$0" recommend --users 40 --limit 120 >seen/recommend' "$TWOTOWER"
steers() { # no control but the line end, no override, no command of a runner
    python3 - "$@" <<'PYTHON'
import re
import sys

for path in sys.argv[1:]:
    text = open(path, newline="").read()
    found = re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069]|^ *::|##\\[", text, re.M)
    if found:
        sys.exit(f"{path}: {text[found.start() - 20:found.end() + 20]!r}")
PYTHON
}
check "nothing on the terminal steers it" steers seen/prep seen/train seen/eval seen/recommend
own='^user |^  likes  |^  and      |^ +[0-9]+  -?[0-9.]+  '
check "each line of recommend is one of its own" sh -c '! grep -Evq "$1" seen/recommend' - "$own"
check "the titles are there" grep -q 'HYPERLINK("https://evil.example")' seen/recommend
check "the makers are in the table of eval" grep -q '  Acme??## Gate: \*\*passed\*\*' seen/eval

check "summary.md has the makers" grep -q '^- maker Acme??&#35;&#35; Gate: &#42;&#42;passed' $summary
headings='^##? [A-Z][a-z ]+$|^# two_tower r1$'
only() { [ "$(grep -c '^## Gate$' $summary)" = 1 ] &&
    [ "$(grep -c '^#' $summary)" = "$(grep -Ec "$headings" $summary)" ] &&
    ! grep -Eq '!\[|\]\(|<|`|://' $summary; }
check "and no heading, image, link or markup of theirs" only
check "nothing of it steers a terminal" steers $summary

check "JSON" sh -c '"$0" recommend --users 40 --limit 120 --json >list.json' "$TWOTOWER"
check "JSON steers nothing" python3 - <<'PYTHON'
import re, sys
sys.exit(bool(re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]", open("list.json").read())))
PYTHON
exact() {
    python3 - <<'PYTHON'
import csv, json
titles = {row["id"]: row["title"] for row in csv.DictReader(open("before.csv", newline=""))}
shown = [one for user in json.load(open("list.json"))["users"] for one in user["recommended"]]
assert len(shown) > 1000
wrong = [one for one in shown if one["title"] != titles[one["video_id"]]]
assert not wrong, wrong[:3]
assert any(one["title"].startswith("=HYPERLINK") for one in shown)
PYTHON
}
check "and every title is the catalogue's to the byte" exact
check "the store's CSV is as it was" cmp before.csv shop/videos.csv

# ---- Sentences -------------------------------------------------------------------------------------
printf 'reviewer_id,video_id,stars\nu,v,\033[31m\342\200\256five\n' >bad.csv
check "a sentence about a value" refused 3 '\?\[31m\?five' "$TWOTOWER" prep --db-url file:shop --input bad.csv
check "shows it without what steers" steers "$work/.stderr"
mkdir "$(printf 'a\n::error::b')"
check "nor does the name of a file" refused 4 'a\?::error::b' "$TWOTOWER" prep --db-url file:shop \
    --input "$(printf 'a\n::error::b')/none.csv"
check "in one line" test "$(wc -l <"$work/.stderr")" = 1
finish
