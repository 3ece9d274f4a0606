# SPDX-License-Identifier: MIT
"""Gives the first videos of a catalogue titles and images that try to break out of a page, the others
images: hostile.py DIR TITLES IMAGES.  IMAGES says which address of whom a page may hold."""
import base64, csv, json, struct, sys, zlib

titles = [
    "</script><script>document.title='owned'</script>",
    "<!--<script>",
    "<img src=x onerror=\"document.title='owned'\">",
    "\"'`${document.title='owned'}\\u003c&lt;&amp;",
    "مرحبا \u202e txt.exe",
    "🎬👨‍👩‍👧‍👦 \U0001F9D1\u200d\U0001F4BB",
    "日本語の題名 「試験」",
    "]]>--></style></title></textarea>",
    "{{constructor}}\t|\u2028|",
    "javascript:alert(1)",
]


def picture(red, green, blue, size=24):
    chunk = lambda name, data: struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
    rows = (b"\0" + bytes([red, green, blue]) * size) * size
    return base64.b64encode(
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", struct.pack(">IIBBBBB", size, size, 8, 2, 0, 0, 0))
        + chunk(b"IDAT", zlib.compress(rows))
        + chunk(b"IEND", b"")
    ).decode()


inside = "data:image/png;base64," + picture(200, 60, 30)
refused = [
    "https://images.example/\"onerror=\"x",
    "https://images.example/<b>",
    "http://images.example/1.png",
    "javascript:alert(1)",
    "data:image/svg+xml;base64,AAAA",
    "data:text/html;base64,AAAA",
    "data:image/png;base64,A\"><b>",
    "https://images.example/a b",
    "https://images.example/" + "x" * 2100,
    "HTTPS://",
    "https://",
    "//images.example/1.png",
    "https://images.example/\u202e",
    "",
]
path = sys.argv[1] + "/videos.csv"
rows = list(csv.reader(open(path, encoding="utf-8", newline="")))
title = rows[0].index("title")
url, maker = rows[0].index("product_url"), rows[0].index("maker")
for row, text in zip(rows[1:], titles):
    row[title] = text
rows[1][maker] = titles[0]
allowed, at = {}, rows[0].index("id")
rows[0].append("image_urls")
for i, row in enumerate(rows[1:]):
    url = inside if i == 0 or i % 7 == 3 and i > 20 else f"https://images.example/{i}.png?w=1&h=2"
    if 0 < i <= len(refused):
        row.append(json.dumps([refused[i - 1], url]))
    elif i % 5 == 4:
        row.append(["", "[]", "https://images.example/bare.png"][i % 3])
    else:
        row.append(json.dumps([url, "https://images.example/second.png"]))
        allowed[row[at]] = url
with open(path, "w", encoding="utf-8", newline="") as to:
    csv.writer(to).writerows(rows)
json.dump(titles, open(sys.argv[2], "w", encoding="utf-8"))
json.dump(allowed, open(sys.argv[3], "w", encoding="utf-8"))
