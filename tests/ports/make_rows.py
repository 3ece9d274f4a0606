# SPDX-License-Identifier: MIT
"""Rows for the ports to embed, one JSON object a line: {"tower": "user" | "item", "row": ...} in the form that
the ports take.  From the catalogue of `twotower synth`, so that most tokens are known to a model
trained on it; some rows have unknown, empty and hostile text, missing numbers, no history.
    make_rows.py CATALOGUE ITEMS USERS >rows.jsonl"""
import csv
import json
import random
import sys

catalogue, items, users = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
rng = random.Random(20250101)


def table(name):
    with open(f"{catalogue}/{name}.csv", newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


videos = {row["id"]: {"id": row["id"], "maker": row["maker"], "label": row["label"], "series": row["series"],
                      "source": row["source"], "product_released_at": row["product_released_at"],
                      "tags": [], "performers": [],
                      "numerics": {"price": float(row["price"]) if row["price"] else None}}
          for row in table("videos")}
for name, field, column in (("video_tags", "tags", "tag"), ("video_performers", "performers", "performer")):
    for row in table(name):
        if row["video_id"] in videos:
            videos[row["video_id"]][field].append(row[column])
every = list(videos.values())
HOSTILE = ["", "\x00", "\x1f", "\u202eabc", "\U0001f600", "a" * 3000, "</script>", "'; drop table videos; --"]


def some(low, high):
    return [rng.choice(every) for _ in range(rng.randint(low, high))]


def item():
    row = json.loads(json.dumps(rng.choice(every)))
    kind = rng.randrange(10)
    if kind == 0:
        row["tags"] += rng.sample(HOSTILE, 3) + row["tags"]
        row["unheard_of"] = "field"
    elif kind == 1:
        row = {"id": "unknown", "product_released_at": rng.choice(["", "1999", "1887-01-01", "not a date"])}
        row["tags"] = [rng.choice(every)["tags"][0]] if every[0]["tags"] else []
    row.pop("title", None)
    return row


def user():
    liked, disliked = some(0, 60), some(0, 15)
    total = len(liked) + len(disliked)
    numerics = {"like_ratio": len(liked) / total if total else None,
                "dislike_ratio": len(disliked) / total if total else None,
                "mean_stars": rng.choice([None, 3.25, 4.9]), "review_count": total}
    return {"liked": liked, "neutral": some(0, 5), "disliked": disliked, "numerics": numerics}


for i in range(items + users):
    tower = "item" if i < items else "user"
    print(json.dumps({"tower": tower, "row": item() if tower == "item" else user()}))
