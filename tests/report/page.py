# SPDX-License-Identifier: MIT
"""Reads a page of `twotower report` and holds it against other files: page.py WHAT PAGE ARGUMENTS..."""
import base64, gzip, hashlib, html.parser, json, re, subprocess, sys

text = open(sys.argv[2], encoding="utf-8").read()


class Parts(html.parser.HTMLParser):
    """The elements as a browser sees them: a title that broke out would be an element more."""

    def __init__(self):
        super().__init__()
        self.tags, self.inside, self.text, self.meta = [], None, {}, {}

    def handle_starttag(self, tag, attributes):
        of = dict(attributes)
        self.tags.append(tag)
        if tag == "meta":
            self.meta[of.get("http-equiv") or of.get("name")] = of.get("content")
        self.inside = of.get("id") or tag
        if any(name.startswith("on") or name in ("src", "srcset", "data") for name in of):
            sys.exit(f"<{tag}> has {of}")

    def handle_data(self, data):
        self.text[self.inside] = self.text.get(self.inside, "") + data

    def handle_endtag(self, tag):
        self.inside = None


parts = Parts()
parts.feed(text)
packed = parts.text["packed-data"]
data = json.loads(gzip.decompress(base64.b64decode(packed)))


def policy(images="data:"):
    """Nothing may be fetched, or images alone; the hashes are those of the one script and the one style."""
    said = parts.meta["Content-Security-Policy"]
    print(said)
    for element in ("script", "style"):
        digest = base64.b64encode(hashlib.sha256(parts.text[element].encode()).digest()).decode()
        assert f"{element}-src 'sha256-{digest}'" in said, element
    assert said.startswith("default-src 'none'; ") and "unsafe-inline" not in said and f"; img-src {images}; " in said
    assert "http" not in said.replace("img-src https: data:;", "") and data["fetches"] == ("https:" in images)


def images(wanted):
    """The first image of each video, where its address is harmless; the others are nowhere."""
    allowed = json.load(open(wanted, encoding="utf-8"))
    assert sum(url is not None for url in data["images"]) == len(allowed) > 400
    for video, url in zip(data["items"]["id"], data["images"]):
        assert url == allowed.get(video), (video, url)


def titles(wanted):
    """Titles are as the catalogue has them, and no byte of them stands in the page itself."""
    for title in json.load(open(wanted, encoding="utf-8")):
        assert title in data["items"]["title"], title
        assert title not in text, title
    assert (
        parts.tags.count("script") == 4 + ("twotower-simd.wasm" in parts.text) and parts.tags.count("style") == 1
    ), parts.tags
    assert not {"img", "iframe", "link", "object", "base", "form"} & set(parts.tags)


def numbers(metrics):
    """metrics.json of the run says the same, also of the difference from the other one."""
    d = json.load(open(metrics))
    run = data["runs"][0]
    same = lambda a, b: (a is None and b is None) or abs(a - b) <= 1e-8 * max(1, abs(a))
    for name, value in d["metrics"].items():
        if "auc" not in name or "explicit" in name:
            assert same(value, run["metrics"][name]), name
    for name, (low, high) in d["intervals"].items():
        assert same(low, run["intervals"][name][0]) and same(high, run["intervals"][name][1]), name
    assert all(same(d["popularity"][n], data["popularity"][n]) for n in ("recall@20", "map@20"))
    for name in ("recall@20", "map@20"):
        ours, theirs = data["change"][name], d["baseline_diff"][name]
        assert same(ours["difference"], theirs["difference"]), (ours, theirs)
        assert all(same(a, b) for a, b in zip(ours["interval"], theirs["interval"]))
    assert [(g["condition"], g["passed"]) for g in run["evaluated"]["gate"]] == [
        (g["condition"], g["passed"]) for g in d["gate"]
    ]
    for ours, theirs in zip(run["segments"]["items"], d["segments"]["items"]):
        assert ours["pairs"] == theirs["pairs"] and same(ours["recall@20"], theirs["recall@20"])


def lists(recommended):
    """twotower recommend gives the same videos and scores."""
    for one in json.load(open(recommended))["users"]:
        at = data["users"]["id"].index(one["user_id"])
        top = data["users"]["top"][0]
        want = one["recommended"]
        ours = [data["items"]["id"][i] for i in top["items"][at]]
        assert len(ours) == len(want) == 20 and len(set(ours) & {v["video_id"] for v in want}) >= 19, one["user_id"]
        for score, video in zip(top["scores"][at], want):
            assert abs(score / 10000 - video["score"]) < 0.002, (score, video)


def tables(train, val, items):
    """Bias and distribution, counted again from the tables and the lists."""
    dump = lambda path: [
        json.loads(line)
        for line in subprocess.run([sys.argv[-1], path], check=True, stdout=subprocess.PIPE).stdout.splitlines()
    ]
    catalogue = {one["video_id"]: one for one in dump(items)}
    rows = dump(train) + dump(val)
    of = {
        "tags": lambda v: v["tags"],
        "performers": lambda v: v["performer_ids"],
        "maker": lambda v: [v["maker"]] if v["maker"] else [],
    }
    for field, values in of.items():
        found = {}
        for row in rows:
            for value in values(catalogue[row["video_id"]]):
                one = found.setdefault(value, [0, 0])
                one[0] += 1
                one[1] += row["label"] == 1
        listed = data["bias"][field]["rows"]
        assert listed and all([n, p] == found.get(name, [0, 0]) for name, _, n, p in listed), field
        assert [n for _, _, n, _ in listed] == sorted((n for _, _, n, _ in listed), reverse=True)
        for run, top in zip(data["runs"], data["users"]["top"]):
            found = {}
            for user, hits in enumerate(top["items"]):
                for hit in hits:
                    for value in values(catalogue[data["items"]["id"][hit]]):
                        one = found.setdefault(value, [set(), 0, set()])
                        one[0].add(hit)
                        one[1] += 1
                        one[2].add(user)
            for name, unique, count, users in run["distribution"]["fields"][field]["rows"]:
                want = found.get(name, [set(), 0, set()])
                assert [unique, count, users] == [len(want[0]), want[1], len(want[2])], (field, name)
    for run, top in zip(data["runs"], data["users"]["top"]):
        overall, hits = run["distribution"]["overall"], [hit for row in top["items"] for hit in row]
        assert overall["recommendations"] == len(hits) and overall["unique"] == len(set(hits))
        counts = sorted([hits.count(i) for i in set(hits)] + [0] * (len(catalogue) - len(set(hits))))
        n, total = len(counts), sum(counts)
        gini = sum((2 * (i + 1) - n - 1) * x for i, x in enumerate(counts)) / (n * total)
        assert abs(gini - overall["gini"]) < 1e-8, (gini, overall["gini"])


def component(video_embeddings):
    """The map is the first two principal components."""
    import numpy

    rows = [
        json.loads(line)
        for line in subprocess.run(
            [sys.argv[-1], video_embeddings], check=True, stdout=subprocess.PIPE
        ).stdout.splitlines()
    ]
    vectors = {row["video_id"]: row["embedding"] for row in rows}
    x = numpy.array([vectors[i] for i in data["items"]["id"]])
    x = x - x.mean(axis=0)
    value, axes = numpy.linalg.eigh(x.T @ x / (len(x) - 1))
    where = numpy.array(data["runs"][0]["map"]["xy"]).reshape(-1, 2)
    for axis in range(2):
        assert abs(data["runs"][0]["map"]["variance"][axis] - value[-1 - axis] / value.sum()) < 1e-4
        assert abs(numpy.corrcoef(where[:, axis], x @ axes[:, -1 - axis])[0, 1]) > 0.999, axis


def sampled(users, videos):
    c = data["counts"]
    assert c["users_shown"] == int(users) == len(data["users"]["id"]) < c["users"], c
    assert c["videos_shown"] == int(videos) == len(data["items"]["title"]) < c["videos"], c
    lists, away = data["users"]["top"][0]["items"], 0
    for row in lists:
        assert len(row) == 20 and max(row) < int(videos), row
        away += row.count(-1)
    assert away == 0 or {hit for row in lists for hit in row} == set(range(-1, int(videos))), "listed videos come first"


def inline(most):
    held = [len(url) for url in data["images"] if url and url.startswith("data:")]
    assert 0 < sum(held) <= int(most), held


def without_made_up():
    assert all(run["made_up"] is None for run in data["runs"]) and not parts.text.get("packed-made-up")


globals()[sys.argv[1]](*sys.argv[3:6][: globals()[sys.argv[1]].__code__.co_argcount])
