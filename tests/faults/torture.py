# SPDX-License-Identifier: MIT
"""Lets each fallible call of a command fail once: torture.py LIBRARY PROGRAM WORK POINTS [COMMAND...].

LIBRARY is fail_call.c, built.  The commands are those of the weekly and the nightly job; of each, POINTS
calls of each kind fail, one a run, from the first to the last (0: all).  A command that ends with 0 has
left what an undisturbed run leaves; one that ends otherwise gave one sentence, and each file is as it
was before or as an undisturbed run leaves it.  What two undisturbed runs make different (times) may
differ.  Prints TAP, with the counts."""
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "servers"))
from storage import Server  # noqa: E402

KINDS = ("malloc", "open", "write", "fsync", "rename", "read", "connect")
SMALL = ["--epochs", "1", "--embedding-dim", "8", "--hidden-dim", "8"]
SHOP = ["--db-url", "file:shop"]
COMMANDS = {
    "prep": [*SHOP, "--input", "shop/reviews.csv", "--run-id", "q"],
    "train": [*SMALL, "--run-id", "r3"],
    "eval": ["--run-id", "r2", "--min-over-popularity", "0"],
    "embed videos": [*SHOP, "--include-existing", "--run-id", "s"],
    "embed users": [*SHOP, "--min-interactions", "1"],
    "upsert": [*SHOP, "--artifacts-dir", "ml/artifacts/live", "--include-users"],
    "publish upload": ["--run-id", "r2"],
    "publish activate": ["--run-id", "r1"],
    "publish fetch": ["--artifacts-root", "here"],
    "run": [*SHOP, "--input", "shop/reviews.csv", *SMALL, "--run-id", "r4", "--min-over-popularity", "0"],
    "recommend": ["--users", "5"],
    "report": ["--run", "r1", "--out", "page.html"],
    "sync videos": [*SHOP, "--skip-ingest", "--include-existing", "--run-id", "n"],
    "sync users": [*SHOP, "--recent-hours", "1000000"],
}
# Files of a job that a later step of it writes again: whole after each.
AGAIN = {"run": ("r4/manifest.json", "r4/summary.md")}

library, program, work, points = sys.argv[1:5]
library, program = os.path.abspath(library), os.path.abspath(program)
os.makedirs(work, exist_ok=True)
os.chdir(work)
server = Server().start()
objects = server.state.objects["models"]
plain = {k: v for k, v in os.environ.items() if not k.startswith(("SUPABASE", "TWOTOWER_", "MODEL_", "FAIL_"))}
plain.update(SUPABASE_URL=server.url, SUPABASE_SERVICE_ROLE_KEY=server.service_key)


class Run:
    """A command in a fresh copy of the start; `tree` is what it leaves: name, bytes."""

    def __init__(self, command, **fail):
        shutil.rmtree("now", ignore_errors=True)
        shutil.copytree("start", "now", symlinks=True)
        objects.clear()
        objects.update(start_objects)
        with tempfile.NamedTemporaryFile() as count:
            settings = {"FAIL_" + name.upper(): str(value) for name, value in fail.items()}
            try:
                done = subprocess.run([program, *command.split(), *COMMANDS[command]], cwd="now", timeout=120,
                                      env={**plain, **settings, "LD_PRELOAD": library, "FAIL_COUNT": count.name},
                                      capture_output=True)
                self.status, self.out, self.said = done.returncode, done.stdout, done.stderr.decode()
            except subprocess.TimeoutExpired:
                self.status, self.out, self.said = "no end", b"", ""
            self.calls = int(count.read() or 0)
        self.tree = {**tree("now"), **{"store:" + key: one.data for key, one in objects.items()}}
        self.tree["stdout"] = self.out


def tree(root):
    found = {}
    for folder, folders, files in os.walk(root):
        for name in files + [one for one in folders if os.path.islink(os.path.join(folder, one))]:
            path = os.path.join(folder, name)
            if os.path.islink(path):
                found[path] = os.readlink(path).encode()
            else:
                with open(path, "rb") as file:
                    found[path] = file.read()
    return found


def bare(name):
    """Without the numbers that processes and times give."""
    return re.sub(r"\d{6,}T?\d*Z?(-\d+)?", "#", name)


def shape(value):
    if isinstance(value, dict):
        return {bare(key): shape(one) for key, one in value.items()}
    return [shape(one) for one in value] if isinstance(value, list) else type(value).__name__


def form(data):
    """Of what holds times: the members of JSON, text without digits, of other files the ends."""
    try:
        return shape(json.loads(data))
    except ValueError:
        pass
    try:
        return re.sub(r"[0-9a-f.e+-]*\d[0-9a-f.e+-]*", "#", data.decode())
    except UnicodeDecodeError:
        return data[:4], data[-4:]


def whole(tree_of, timed):
    """What of a tree is to be compared: not what --resume goes on with."""
    return {bare(name): form(data) if bare(name) in timed else data for name, data in tree_of.items()
            if not re.search(r"\.tmp-|\.partial/|\.lock$", name)}


def compared(run, before, after, timed, again):
    """What is wrong, or None."""
    now = whole(run.tree, timed)
    if run.status == 0:
        wrong = sorted(name for name in now.keys() | after.keys() if now.get(name) != after.get(name))
        return f"status 0, but {wrong[:4]} differ" if wrong else None
    if not isinstance(run.status, int) or not 1 <= run.status <= 8:
        return f"status {run.status}"
    if run.said.count("twotower") < 1:
        return "no sentence"
    mixed = sorted(name for name in now if name != "stdout" and not name.endswith(again) and
                   now[name] not in (before.get(name, after.get(name)), after.get(name)))
    return f"status {run.status}, but {mixed[:4]} are neither old nor new" if mixed else None


def chosen(count):
    most = int(points)
    if most == 0 or count <= most:
        return range(1, count + 1)
    return sorted({1 + (count - 1) * at // (most - 1) for at in range(most)})


def torture(command):
    first = Run(command)
    time.sleep(1.1)  # times have seconds
    second = Run(command)
    for one in (first, second):
        assert one.status == 0, f"undisturbed: {one.status}: {one.said}"
    timed = {bare(name) for name, data in first.tree.items() if second.tree.get(name) != data}
    after = whole(first.tree, timed)
    start = {**tree("start"), **{"store:" + k: o.data for k, o in start_objects.items()}}
    before = whole({re.sub("^start", "now", name): data for name, data in start.items()}, timed)
    said, bad = [], []
    for kind in KINDS:
        calls, statuses = Run(command, kind=kind).calls, {}
        for call in chosen(calls):
            run = Run(command, kind=kind, call=call)
            statuses[run.status] = statuses.get(run.status, 0) + 1
            wrong = compared(run, before, after, timed, AGAIN.get(command, ("/",)))
            if wrong:
                bad.append(f"{kind} {call} of {calls}: {wrong}: {run.said[-300:]}")
        tried = sum(statuses.values())
        said.append(f"{kind} {tried} of {calls} " + str({k: statuses[k] for k in sorted(statuses, key=str)}))
    return said, bad


def begin():
    """Three runs, r0 active, r1 uploaded, and the embeddings of the first in the store."""
    shutil.rmtree("start", ignore_errors=True)
    os.makedirs("start")
    for words in (["synth", "--out", "shop", "--users", "80", "--videos", "120", "--seed", "3"],
                  ["prep", *SHOP, "--input", "shop/reviews.csv", "--run-id", "p"],
                  *(["train", *SMALL, "--run-id", name, "--seed", name[1:]] for name in ("r0", "r2", "r1")),
                  *(["eval", "--run-id", name, "--min-over-popularity", "0"] for name in ("r0", "r2", "r1")),
                  ["embed", "videos", *SHOP, "--run-id", "v"],
                  ["embed", "users", *SHOP, "--min-interactions", "1"],
                  ["publish", "upload", "--run-id", "r0"], ["publish", "activate", "--run-id", "r0"],
                  ["publish", "upload", "--run-id", "r1"]):
        done = subprocess.run([program, *words], cwd="start", env=plain, capture_output=True, text=True)
        assert done.returncode == 0, f"{words}: {done.returncode}: {done.stderr}"


start_objects = {}
begin()
start_objects.update(objects)
wanted = sys.argv[5:] or list(COMMANDS)
for number, command in enumerate(wanted, 1):
    counts, faults = torture(command)
    print(f"{'not ok' if faults else 'ok'} {number} - each call of {command} fails once: " + "; ".join(counts))
    for fault in faults:
        print("# " + fault.replace("\n", " | "))
    sys.stdout.flush()
print(f"1..{len(wanted)}")
