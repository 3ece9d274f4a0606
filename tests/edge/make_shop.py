# SPDX-License-Identifier: MIT
"""The catalogue of real reviews as a shop whose users decide: make_shop.py DATA OUT USERS.

Reviewers become users (UUIDs of their names); the first USERS who reviewed have their reviews as decisions too: four
stars and more LIKE, two and fewer DISLIKE."""
import csv
import gzip
import os
import sys
import uuid

data, out, users = sys.argv[1], sys.argv[2], int(sys.argv[3])


def rows(name):
    path = f"{data}/{name}.csv"
    opened = (
        open(path, newline="", encoding="utf-8")
        if os.path.exists(path)
        else gzip.open(f"{path}.gz", "rt", newline="", encoding="utf-8")
    )
    with opened as file:
        yield from csv.DictReader(file)


def write(name, columns, lines):
    with open(f"{out}/{name}.csv", "w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, columns, restval="", extrasaction="ignore")
        writer.writeheader()
        writer.writerows(lines)


os.makedirs(out)
videos = list(rows("videos"))
ids = {row["product_url"]: row["id"] for row in videos}
write(
    "videos",
    "id product_url external_id title price duration_seconds product_released_at maker label series source".split(),
    videos,
)
write("video_tags", ["video_id", "tag"], rows("video_tags"))
write("video_performers", ["video_id", "performer"], rows("video_performers"))
people, decisions, reviews = {}, [], []
for row in rows("reviews"):
    who = row["reviewer_id"] = str(uuid.uuid5(uuid.NAMESPACE_URL, row["reviewer_id"]))
    reviews.append(row)
    if (who in people or len(people) < users) and row["product_url"] in ids:
        since = people.setdefault(who, row["reviewed_at"])
        people[who] = min(since, row["reviewed_at"])
        stars = float(row["stars"])
        if stars >= 4 or stars <= 2:
            decisions.append(
                {
                    "user_id": who,
                    "video_id": ids[row["product_url"]],
                    "created_at": row["reviewed_at"],
                    "decision_type": "LIKE" if stars >= 4 else "DISLIKE",
                }
            )
write("reviews", "product_url reviewer_id stars reviewed_at".split(), reviews)
write("profiles", ["user_id", "created_at"], [{"user_id": who, "created_at": since} for who, since in people.items()])
write("user_video_decisions", "user_id video_id decision_type created_at".split(), decisions)
