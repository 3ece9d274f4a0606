#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""What the shell tests read, made of nothing or of a catalogue (tests/make_parquet.py makes Parquet):

    make_data.py joins SHOP           reviews that name videos by URL, id and content id, and by none
    make_data.py arguments SHOP       the first video as arguments of build/posix/embed, each ended by NUL
    make_data.py labels SHOP          its reviews as likes and dislikes
    make_data.py dealt SHOP           its reviews, with videos and stars dealt out anew by chance
    make_data.py item_list            reviews of the videos of tests/servers/itemlist.py, by three forms of address
    make_data.py item_list_id ID      the id of such a video in a store
    make_data.py reviews              JSON lines of a table of interactions on standard input as CSV
    make_data.py times COLUMN CODE    reviews of v0 ... v9, each a day older: CODE makes the time of t, i and iso()
    make_data.py vectors COLUMN       JSON lines of embeddings on standard input as lines of id and numbers
    make_data.py liked COUNT          the first so many users with likes of tests/ports/make_rows.py as one list
    make_data.py rows                 the rows of tests/ports/make_rows.py on standard input as one JSON list
    make_data.py genres FILE          video_tags.csv or .csv.gz without the tags that users gave
    make_data.py release SHOP NAME VALUE   sets a member of the active release of production

All but the last print what they made."""
import csv
import datetime
import gzip
import json
import random
import sys
import urllib.parse
import uuid


def table(path):
    with open(path, newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def put(rows, columns):
    out = csv.DictWriter(sys.stdout, columns, extrasaction="ignore", lineterminator="\n")
    out.writeheader()
    out.writerows(rows)


def json_lines():
    return map(json.loads, sys.stdin)


def make_joins(shop):
    first, second, third = table(f"{shop}/videos.csv")[:3]
    names = [first["product_url"], second["id"], f"https://x.example/-/detail/=/cid={third['external_id']}/",
             "https://x.example/?id=gone1", "https://x.example/none", ""]
    put([{"product_url": name, "reviewer_id": "u1", "stars": 5} for name in names],
        ["product_url", "reviewer_id", "stars"])


def make_arguments(shop):
    video = table(f"{shop}/videos.csv")[0]
    arguments = ["id=" + video["id"]]
    for name, file in (("tags", "video_tags"), ("performers", "video_performers")):
        values = [list(row.values())[1] for row in table(f"{shop}/{file}.csv") if row["video_id"] == video["id"]]
        arguments += [f"{name}={value}" for value in values]
    for name in ("maker", "label", "series", "source", "product_released_at"):
        if video.get(name):
            arguments.append(f"{name}={video[name]}")
    print("\0".join(arguments), end="")


def make_labels(shop):
    rows = [row for row in table(f"{shop}/reviews.csv") if not 2 < float(row["stars"]) < 4]
    put([{**row, "label": int(float(row["stars"]) >= 4)} for row in rows], ["reviewer_id", "product_url", "label",
                                                                         "reviewed_at"])


def make_dealt(shop):
    rows = table(f"{shop}/reviews.csv")
    deal = random.Random(1)
    for column in ("product_url", "stars"):
        values = [row[column] for row in rows]
        deal.shuffle(values)
        for row, value in zip(rows, values):
            row[column] = value
    put(rows, list(rows[0]))


def item_list_address(number):
    """The plain one, the affiliate link of somebody else, and one with a parameter more."""
    url = f"https://www.dmm.co.jp/digital/videoa/-/detail/=/cid=test{number:05d}/"
    link = "https://al.dmm.co.jp/?lurl=" + urllib.parse.quote(url, safe="") + "&af_id=somebody-002&ch=api"
    return (url, link, url + "?i3_ref=list")[number % 3]


def make_item_list():
    rows = [(item_list_address(number), f"u{user}", 1 + number % 5, f"2025-01-0{1 + number % 9}")
            for user in range(4) for number in range(user, 90, 2)]
    rows.append(("https://www.dmm.co.jp/digital/videoa/-/detail/=/cid=another00001/", "u1", 5, "2025-01-01"))
    columns = ["product_url", "reviewer_id", "stars", "reviewed_at"]
    put([dict(zip(columns, row)) for row in rows], columns)


def make_item_list_id(external):
    print(uuid.uuid5(uuid.uuid5(uuid.NAMESPACE_DNS, "twotower"), external))


def make_reviews():
    def moment(seconds):
        return datetime.datetime.fromtimestamp(seconds, datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
    put([{"reviewer_id": row["user_id"], "video_id": row["video_id"], "stars": row["stars"],
          "reviewed_at": moment(row["at"])} for row in json_lines()],
        ["reviewer_id", "video_id", "stars", "reviewed_at"])


def make_times(column, expression):
    def iso(seconds, hours=0):
        moment = datetime.datetime.fromtimestamp(seconds + 3600 * hours, datetime.timezone.utc)
        return moment.strftime("%Y-%m-%dT%H:%M:%S")
    columns = ["user_id", "video_id", "stars", column]
    put([dict(zip(columns, ["u", f"v{i}", 5, eval(expression, {"t": 1700000000 - 86400 * i, "i": i, "iso": iso})]))
         for i in range(10)], columns)


def make_vectors(column):
    for row in json_lines():
        print(row[column], *row["embedding"])


def make_liked(count):
    rows = [line["row"] for line in json_lines()]
    print(json.dumps([row for row in rows if row["liked"]][:int(count)]))


def make_rows():
    print(json.dumps([line["row"] for line in json_lines()]))


def make_genres(path):
    with (gzip.open if path.endswith(".gz") else open)(path, "rt", newline="", encoding="utf-8") as file:
        rows = csv.DictReader(file)
        tag = next(name for name in rows.fieldnames if name not in ("video_id", "id"))
        put((row for row in rows if row[tag].startswith("genre: ")), rows.fieldnames)


def make_release(shop, name, value):
    path = f"{shop}/active_release.json"
    with open(path, encoding="utf-8") as file:
        releases = json.load(file)
    releases["production"][name] = json.loads(value)
    with open(path, "w", encoding="utf-8") as file:
        json.dump(releases, file)


def main():
    makers = {name[5:]: function for name, function in globals().items() if name.startswith("make_")}
    if len(sys.argv) < 2 or sys.argv[1] not in makers:
        sys.exit(__doc__)
    makers[sys.argv[1]](*sys.argv[2:])


main()
