# SPDX-License-Identifier: MIT
"""Writes decisions of one user who likes three videos: invent.py PAGE STORE CHOSEN."""
import base64, gzip, json, re, sys

text = open(sys.argv[1], encoding="utf-8").read()
data = json.loads(gzip.decompress(base64.b64decode(re.search('id="packed-data">([^<]*)<', text)[1])))
chosen = [2, 5, 17]
with open(sys.argv[2] + "/user_video_decisions.csv", "w", encoding="utf-8") as to:
    to.write("user_id,video_id,decision_type,created_at\n")
    for item in chosen:
        to.write(
            f"11111111-1111-4111-8111-111111111111,{data['items']['id'][item]},LIKE,"
            f"2024-01-0{chosen.index(item) + 1}T00:00:00Z\n"
        )
json.dump(chosen, open(sys.argv[3], "w"))
