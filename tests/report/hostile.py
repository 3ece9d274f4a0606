# SPDX-License-Identifier: MIT
"""Gives the first videos of a catalogue titles that try to break out of a page: hostile.py DIR TITLES."""
import csv, json, sys

titles = [
    "</script><script>document.title='owned'</script>",
    "<!--<script>", "<img src=x onerror=\"document.title='owned'\">",
    "\"'`${document.title='owned'}\\u003c&lt;&amp;",
    "مرحبا \u202e txt.exe", "🎬👨‍👩‍👧‍👦 \U0001F9D1\u200d\U0001F4BB", "日本語の題名 「試験」",
    "]]>--></style></title></textarea>", "{{constructor}}\t|\u2028|", "javascript:alert(1)",
]
path = sys.argv[1] + "/videos.csv"
rows = list(csv.reader(open(path, encoding="utf-8", newline="")))
title = rows[0].index("title")
url, maker = rows[0].index("product_url"), rows[0].index("maker")
for row, text in zip(rows[1:], titles):
    row[title] = text
rows[1][maker] = titles[0]
with open(path, "w", encoding="utf-8", newline="") as to:
    csv.writer(to).writerows(rows)
json.dump(titles, open(sys.argv[2], "w", encoding="utf-8"))
