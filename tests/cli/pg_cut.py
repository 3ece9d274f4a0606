"""Cuts a command's connection to Postgres everywhere, and looks at what the table holds then.

    pg_cut.py URL VERSION EVERY|BYTES|DELETED|RESTART COMMAND with {url}

Before each run the embeddings of VERSION are removed; after it the table must hold either
none of them or all, with the very bytes of an undisturbed run; a run that says it failed (5)
is repeated in peace, and then all must be there.  Prints counts."""
import os
import random
import re
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "servers"))
from cut import Cutter  # noqa: E402

url, version, what, command = sys.argv[1], sys.argv[2], sys.argv[3], sys.argv[4:]
server_port = int(re.search(r":(\d+)/", url).group(1))


def sql(text):
    done = subprocess.run(["psql", "-qAtX", "-v", "ON_ERROR_STOP=1", url, "-c", text], capture_output=True, text=True)
    if done.returncode:
        sys.exit(done.stderr)
    return done.stdout.strip()


def state():
    return sql("select count(*), count(distinct video_id), md5(string_agg(concat_ws(' ', video_id, "
               "input_digest, embedding::text), ',' order by video_id)) from video_embeddings "
               f"where model_version = '{version}'")


def forget():
    sql(f"delete from video_embeddings where model_version = '{version}'")


def run(port):
    there = url.replace(f":{server_port}/", f":{port}/")
    done = subprocess.run([word.replace("{url}", there) for word in command],
                          capture_output=True, text=True, timeout=300)
    if done.returncode not in (0, 5):
        sys.exit(f"ends with {done.returncode}: {done.stderr}")
    if done.returncode == 5 and done.stderr.count("twotower ") != 1:
        sys.exit(f"one sentence is expected: {done.stderr}")
    return done


def measured(rule):
    """One run behind the proxy; returns it, the proxy, and whether it succeeded."""
    forget()
    with Cutter(server_port, rule) as proxy:
        done = run(proxy.port)
    if proxy.unanswered:
        sys.exit("the server did not answer the message whose answer should be lost")
    held = state()
    if held not in (full, empty):
        sys.exit(f"the table holds {held}, neither nothing nor {full}: {done.stderr}")
    if done.returncode == 0 and held != full:
        sys.exit(f"it says it is done, and the table holds {held}")
    if done.returncode == 5:
        if run(server_port).returncode or state() != full:
            sys.exit(f"done again in peace, the table holds {state()}")
    return done, proxy


full = empty = None
forget()
empty = state()
if run(server_port).returncode:
    sys.exit("undisturbed, it fails")
full = state()
_, calm = measured(lambda *_: None)
counts = {"cuts": 0, "survived": 0, "repeated": 0}


def count(done, proxy):
    if proxy.cuts == 0:
        sys.exit("nothing was cut")
    counts["cuts"] += 1
    counts["survived" if done.returncode == 0 else "repeated"] += 1


def once(condition, answer):
    """A rule that cuts at the first message that fits."""
    hit = []

    def rule(index, kind, message, total):
        if hit or not condition(index, kind, message, total):
            return None
        hit.append(1)
        return answer(message) if callable(answer) else answer
    return rule


if what == "EVERY":
    lost_commit = 0
    # The last message is the farewell.  A statement with parameters is five messages in one
    # packet: unless all are wanted, before the first and after the last of them, and of these every third.
    every = os.environ.get("TWOTOWER_FULL") == "1"
    places = [(index, answer) for index, kind in enumerate(calm.seen[:-1]) for answer in ("before", "after")
              if every or kind in (b"", b"Q", b"d", b"c") or (kind, answer) in ((b"P", "before"), (b"S", "after"))]
    for index, answer in places[:: 1 if every else 3]:
        count(*measured(once(lambda i, *_, n=index: i == n, answer)))
    for answer in ("before", "after"):
        done, proxy = measured(once(lambda i, k, m, t: k == b"Q" and m[5:11] == b"COMMIT", answer))
        lost_commit += done.returncode == 0
    if lost_commit != 2:
        sys.exit("a COMMIT whose answer is lost is not looked up")
elif what == "BYTES":
    chance = random.Random(5)
    for _ in range(int(os.environ["CUTS"])):
        at = chance.randrange(calm.bytes)
        rule = once(lambda i, k, m, t, at=at: t + len(m) > at, lambda m, at=at: 1 + at % max(1, len(m) - 1))
        count(*measured(rule))
elif what == "DELETED":
    # Between the last read and the first write a video goes.
    one = sql("select min(id::text) from videos")
    forget()

    def rule(index, kind, message, total):
        if kind == b"Q" and b"CREATE TEMPORARY TABLE" in message or kind == b"P" and b"INSERT INTO" in message:
            sql(f"delete from videos where id = '{one}'")
    with Cutter(server_port, rule) as proxy:
        done = run(proxy.port)
    left = sql(f"select count(*) from video_embeddings where model_version = '{version}'")
    wanted = int(full.split("|")[0]) - 1
    if done.returncode or int(left) != wanted or "deleted meanwhile" not in done.stderr:
        sys.exit(f"{left} of {wanted} embeddings: {done.stderr}")
    counts = {"deleted": 1}
elif what == "RESTART":
    restart = os.environ["RESTART"].split()
    for fits in (lambda i, k, m, t: k == b"Q" and m[5:11] == b"COMMIT", lambda i, k, m, t: k == b"d",
                 lambda i, k, m, t: k == b"Q" and b"CREATE TEMPORARY" in m)[: int(os.environ["CUTS"])]:
        done, proxy = measured(once(fits, lambda m: subprocess.run(restart, check=True) and None))
        counts["cuts"] += 1
        counts["survived" if done.returncode == 0 else "repeated"] += 1
        if done.returncode:
            sys.exit(f"a restart is not survived: {done.stderr}")
print(" ".join(f"{name}={number}" for name, number in counts.items()), f"rows={full.split('|')[0]} missing=0 double=0")
