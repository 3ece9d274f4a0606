# SPDX-License-Identifier: MIT
"""Faults of publish that are not kills, each with its count: publish_faults.py PROGRAM RUNS WORK.

RUNS is an artifacts folder with the runs r1, r2 ... of which there are at least six.  Prints TAP.
"""
import json, os, re, shutil, subprocess, sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "servers"))
from storage import Object, Server

program, runs, work = sys.argv[1:4]
os.makedirs(work, exist_ok=True)
os.chdir(work)
server = Server().start()
plain = {k: v for k, v in os.environ.items() if not k.startswith(("SUPABASE", "TWOTOWER_", "MODEL_"))}
plain.update(SUPABASE_URL=server.url, SUPABASE_SECRET_KEY=server.secret_key)
objects = server.state.objects["models"]
tests, said, full = 0, [], os.environ.get("TWOTOWER_FULL") == "1"


def run(*words, **env):
    done = subprocess.run([program, *words], env={**plain, **env}, capture_output=True, text=True)
    said.append(done.stdout + done.stderr)
    return done


def publish(what, *words, **env):
    root = ["--artifacts-root", runs] if what in ("upload", "activate") else []
    return run("publish", what, *root, *words, **env)


def fetch(**env):
    return publish("fetch", "--artifacts-root", "here", "--json", **env)


def here():
    return os.readlink("here/latest").split("/")[1] if os.path.islink("here/latest") else None


def must(done):
    assert done.returncode == 0, f"{done.args}: {done.returncode}: {done.stderr}"
    return done


def refused(done, *statuses):
    assert done.returncode in statuses, f"{done.args} ends with {done.returncode}: {done.stderr}"
    assert done.stderr.count("\ntwotower ") + done.stderr.startswith("twotower ") == 1, done.stderr


def set_object(key, data):
    objects[key] = Object(data, "application/json", "no-cache", {})


def fresh(*names):
    """An empty bucket with these runs, the first one active and fetched."""
    objects.clear()
    shutil.rmtree("here", ignore_errors=True)
    for name in names:
        must(publish("upload", "--run-id", name))
    if names:
        must(publish("activate", "--run-id", names[0]))
        must(fetch())


def hidden():
    return [k for k in objects if k.rsplit("/", 1)[1].startswith(".")]


def log():
    keys = sorted(set(k for k in objects if k.startswith("two_tower/manifests/production/")) - set(hidden()))
    return [json.loads(objects[k].data) for k in keys]


def pointer(name="latest"):
    return json.loads(objects[f"two_tower/{name}/manifest.json"].data)


def same(one, other):
    try:
        return json.loads(one) == json.loads(other) and b"\0" not in one
    except ValueError:
        return False


def test(name):
    def take(function):
        global tests
        if not re.search(os.environ.get("ONLY", ""), function.__name__):
            return
        tests += 1
        server.faults.set([])
        try:
            print(f"ok {tests} - {name}: {function()}")
        except AssertionError as why:
            print(f"not ok {tests} - {name}\n# {str(why)[:2000]}")
        sys.stdout.flush()
    return take


def begin(what, *words):
    root = ["--artifacts-root", runs] if what in ("upload", "activate") else []
    return subprocess.Popen([program, "publish", what, *root, *words], env=plain, stdout=subprocess.PIPE,
                            stderr=subprocess.PIPE, text=True)


def end(process):
    out, err = process.communicate()
    said.append(out + err)
    return subprocess.CompletedProcess(process.args, process.returncode, out, err)


@test("activations at once: one winner per sequence, the losers exit 8")
def concurrent():
    names = sorted(os.listdir(f"{runs}/runs"))
    fresh(*names)
    for _ in range(3 if full else 1):
        before = len(log())
        # All have read the same log before the first one may create its record.
        server.faults.set([{"do": "hold", "method": "POST", "path": "/object/move$", "times": len(names)}])
        current = log()[-1]["current"]["run_id"]
        wanted = [n for n in names if n != current]
        started = [begin("activate", "--run-id", n, "--json") for n in wanted]
        assert server.faults.wait_held(len(wanted), 120), "not all came to their commit"
        server.faults.release()
        ended = [end(process) for process in started]
        assert sorted(done.returncode for done in ended) == [0] + [8] * (len(ended) - 1), ended
        winners = [json.loads(done.stdout)["sequence"] for done in ended if done.returncode == 0]
        assert winners == [before + 1] and len(log()) == before + 1, winners
        assert pointer() == log()[-1]
        assert not hidden(), hidden()  # a loser removes its object
    return f"{len(log()) - 1} wins, {(len(log()) - 1) * (len(names) - 2)} losers"


@test("prune and activate of the same run at once: what is current is whole")
def pruned():
    mine = "two_tower/r1/manifest.json"

    def ready(held):
        fresh("r2", "r1", "r3", "r4", "r5")
        server.faults.set([{"do": held[0], "method": held[1], "path": held[2]}])

    # A release between prune's look at the log and its first removal.
    ready(("hold", "DELETE", ""))
    prune = begin("prune")
    assert server.faults.wait_held()
    must(publish("activate", "--run-id", "r1"))
    server.faults.release()
    must(end(prune))
    assert mine in objects and pointer()["current"]["run_id"] == "r1"
    must(publish("verify"))
    # Between that removal and the next look.
    ready(("hold_after", "DELETE", ""))
    prune = begin("prune")
    assert server.faults.wait_held()
    refused(publish("activate", "--run-id", "r1"), 3)
    server.faults.release()
    must(end(prune))
    assert mine not in objects and pointer()["current"]["run_id"] == "r2"
    # All of prune between the activation's verification and its commit.
    ready(("hold", "POST", "/object/move$"))
    activate = begin("activate", "--run-id", "r1")
    assert server.faults.wait_held()
    must(publish("prune"))
    assert mine not in objects
    server.faults.release()
    refused(end(activate), 8)
    assert pointer() == log()[-1] and pointer()["current"]["run_id"] == "r2" and len(log()) == 3
    must(fetch())
    assert here() == "r2"
    must(publish("verify"))
    return "3 orders, 0 releases of a run that is gone"


@test("two uploads of one run at once: one inventory, and who has other files exits 8")
def inventories():
    shutil.copytree(f"{runs}/runs/r1", "other/runs/r1", dirs_exist_ok=True)
    shutil.copy(f"{runs}/runs/r2/metrics.json", "other/runs/r1")
    must(run("manifest", "other/runs/r1"))
    objects.clear()
    files = json.loads(must(publish("upload", "--run-id", "r1", "--json")).stdout)["files"]
    for again, status in (("other", 8), (runs, 0)):
        objects.clear()
        server.faults.set([{"do": "hold", "method": "POST", "path": "/object/move$", "skip": files}])
        slow = begin("upload", "--run-id", "r1")
        assert server.faults.wait_held()  # all its files are there, not its inventory
        must(run("publish", "upload", "--artifacts-root", again, "--run-id", "r1"))
        server.faults.release()
        done = end(slow)
        assert done.returncode == status, (done.returncode, done.stderr)
        assert not hidden(), hidden()
        must(publish("verify", "--run-id", "r1"))
        with open(f"{again}/runs/r1/metrics.json", "rb") as file:
            assert file.read() == objects["two_tower/r1/metrics.json"].data
    return "2 pairs, 0 inventories replaced"


@test("what killed commands left is not read, not shown, and removed by prune when it is a day old")
def leftovers():
    fresh("r1", "r2")
    commands = (("upload", "--run-id", "r3"), ("activate", "--run-id", "r2"))
    for count, words in enumerate(commands, 1):
        server.faults.set([{"do": "hold", "method": "POST", "path": "/object/move$"}])
        killed = begin(*words)
        assert server.faults.wait_held()
        killed.kill()
        end(killed)
        server.faults.release(drop=True)
        assert len(hidden()) == count and len(log()) == 1, hidden()
    must(fetch())
    assert here() == "r1"
    shown = json.loads(must(publish("list", "--json")).stdout)["runs"]
    assert {r["run_id"]: r["objects"] for r in shown}["r3"] == 0, shown
    for days, words, swept, left in ((0, [], 0, 2), (2, ["--dry-run"], 2, 2), (0, [], 2, 0)):
        for key in hidden():
            objects[key].created -= days * 86400
        assert json.loads(must(publish("prune", "--json", *words)).stdout)["leftovers"] == swept
        assert len(hidden()) == left, hidden()
    return "2 kept while they were young, 2 removed"


@test("a body cut, short or altered at many places is never taken, and the old run stays")
def altered():
    fresh("r1", "r2")
    must(publish("activate", "--run-id", "r2"))
    count = 0
    for name in sorted(k.split("/")[2] for k in objects if k.startswith("two_tower/r2/")):
        size = len(objects[f"two_tower/r2/{name}"].data)
        for at in sorted({0, 1, size // 3, size // 2, size - 1} if full else {size // 2}):
            for what in ("short", "flip"):
                server.faults.set([{"do": what, "at": at, "path": f"/r2/{name}$", "times": 99}])
                refused(fetch(), 3)
                assert here() == "r1", here()
                count += 1
        server.faults.set([])
        whole = objects[f"two_tower/r2/{name}"]
        for more in (1, 100000):
            set_object(f"two_tower/r2/{name}", whole.data + b" " * more)
            refused(fetch(), 3)
            assert here() == "r1", here()
        count += 2
        objects[f"two_tower/r2/{name}"] = whole
    server.faults.set([{"do": "cut", "at": 1000, "path": "/r2/two_tower_r2.onnx$", "times": 2}])
    must(fetch())  # a broken connection is tried again
    assert here() == "r2"
    return f"{count} spoilt bodies, 0 taken"


@test("uploads that the store kept only in part cannot be released")
def partial():
    count = 0
    names = [f["name"] for f in json.load(open(f"{runs}/runs/r2/manifest.json"))["files"]
             if f["name"].endswith((".onnx", ".pt", ".json", ".md"))]
    for name in names if full else names[::3]:
        fresh("r1")
        server.faults.set([{"do": "store_short", "at": 10, "path": fr"/r2/\.{re.escape(name)}\.tmp-"}])
        refused(publish("upload", "--run-id", "r2"), 6)
        refused(publish("activate", "--run-id", "r2"), 3)
        must(publish("upload", "--run-id", "r2"))
        must(publish("activate", "--run-id", "r2"))
        key = f"two_tower/r1/{name}".replace("_r2.", "_r1.")  # rot after the upload
        set_object(key, objects[key].data[:-1] + b"?")
        refused(publish("verify", "--run-id", "r1"), 1)
        refused(publish("rollback"), 3)
        count += 2
    return f"{count} broken objects, all found before a release"


@test("5xx and lost answers before and after each request: the upload and the release end well")
def unsteady():
    count = 0
    for what in ("status_before", "status_after", "drop_before", "drop_after"):
        for skip in range(0, 90, 6 if full else 45):
            fresh()
            server.faults.set([{"do": what, "skip": skip}, {"do": what, "skip": skip + 9, "method": "POST"}])
            must(publish("upload", "--run-id", "r1"))
            must(publish("activate", "--run-id", "r1"))
            assert len(log()) == 1 and pointer() == log()[0]
            count += 1
    server.faults.set([{"do": "status_before", "status": 429, "retry_after": 1, "times": 1}])
    must(publish("verify"))
    server.faults.set([{"do": "status_before", "times": 99}])
    refused(publish("verify"), 6)
    return f"{count} runs of two commands with faults"


@test("a server that says nothing any more is left after --timeout")
def slow():
    fresh("r1", "r2")
    must(publish("activate", "--run-id", "r2"))
    server.faults.set([{"do": "slow", "at": 100, "path": "/r2/two_tower_r2.onnx$"}])
    must(publish("fetch", "--artifacts-root", "here", "--timeout", "3"))
    assert here() == "r2" and server.faults.rules[0]["more"] == 0  # it stalled until the client had gone
    return "1 stalled download, taken at the second try"


key = json.loads(must(run("keygen", "--out", "one.key", "--json")).stdout)
other = json.loads(must(run("keygen", "--out", "other.key", "--json")).stdout)
pinned = {"TWOTOWER_PUBLIC_KEYS": key["public_key"]}
signing = {"TWOTOWER_SIGNING_KEY": "one.key", **pinned}


def signed(*names):
    objects.clear()
    shutil.rmtree("here", ignore_errors=True)
    for name in names:
        must(publish("upload", "--run-id", name, **signing))
        must(publish("activate", "--run-id", name, **signing))
        must(fetch(**pinned))


@test("each byte of the signed manifests flipped: refused, the old run stays")
def flips():
    signed("r1", "r2")
    shutil.rmtree("here")
    os.makedirs("here/runs")
    count = 0
    stride = int(os.environ.get("FLIP_STRIDE", "23"))
    for name in ("latest/manifest.json", "manifests/production/0000000002.json", "r2/manifest.json"):
        whole = objects["two_tower/" + name].data
        for at in range(0, len(whole), stride):
            spoilt = bytearray(whole)
            spoilt[at] ^= 1 << at % 7
            if not same(spoilt, whole):  # a blank for another blank changes nothing
                set_object("two_tower/" + name, bytes(spoilt))
                refused(fetch(**pinned), 1, 3)
                assert here() is None
                count += 1
        set_object("two_tower/" + name, whole)
    must(fetch(**pinned))
    return f"{count} flips, 0 taken"


@test("wrong key, no signature, a key's name without the key")
def keys():
    signed("r1")
    refused(fetch(TWOTOWER_PUBLIC_KEYS=other["public_key"]), 1)
    must(fetch(TWOTOWER_PUBLIC_KEYS=other["public_key"] + "," + key["public_key"]))
    must(publish("upload", "--run-id", "r2"))  # not signed
    refused(publish("activate", "--run-id", "r2", **signing), 1)
    record = log()[0]
    for change in ({"signature": None}, {"signature": "A" * 88}, {"key_id": other["key_id"]}, {"extra": 1}):
        changed = {k: v for k, v in {**record, **change}.items() if v is not None}
        set_object("two_tower/manifests/production/0000000001.json", json.dumps(changed).encode())
        refused(fetch(**pinned), 1)
    return "8 attempts, 0 taken"


@test("fields that are unknown, names outside the grammar, paths that lead elsewhere")
def grammar():
    fresh("r1")
    count = 0
    record, inventory = log()[0], json.loads(objects["two_tower/r1/manifest.json"].data)
    key = "two_tower/manifests/production/0000000001.json"
    for path, value in [(("extra",), 1), (("current", "extra"), 1), (("current", "run_id"), "../r1"),
                        (("current", "run_id"), "latest"), (("current", "onnx_path"), "two_tower/../x.onnx"),
                        (("current", "manifest_path"), "/etc/passwd"), (("sequence",), 0),
                        (("sequence",), -1), (("sequence",), "1"), (("sequence",), 1.0), (("previous",), {}),
                        (("current", "manifest_sha256"), "0" * 63), (("environment",), "staging"),
                        (("manifest_version",), 2), (("current", "published_at"), "yesterday")]:
        changed = json.loads(json.dumps(record))
        at = changed
        for step in path[:-1]:
            at = at[step]
        at[path[-1]] = value
        for where in (key, "two_tower/latest/manifest.json"):
            set_object(where, json.dumps(changed).encode())
        shutil.rmtree("here", ignore_errors=True)
        refused(fetch(), 3)
        assert here() is None
        count += 1
    for where in (key, "two_tower/latest/manifest.json"):
        set_object(where, json.dumps(record).encode())
    for name in ("../../evil", "/etc/passwd", "..", ".hidden", "a/b", "a\\b", "", "x" * 101, "manifest.json",
                 "a\u0000b", "\u202e.onnx"):
        changed = json.loads(json.dumps(inventory))
        changed["files"][0]["name"] = name
        set_object("two_tower/r1/manifest.json", json.dumps(changed).encode())
        refused(publish("verify", "--run-id", "r1"), 1)
        refused(publish("fetch", "--run-id", "r1", "--artifacts-root", "there"), 3)
        assert not os.path.exists("evil") and not os.path.exists("../evil")
        count += 1
    return f"{count} hostile manifests, 0 taken"


@test("a stale pointer, a downgrade and a store that lost its log never move a reader back")
def backward():
    fresh("r1", "r2", "r3")
    old = objects["two_tower/latest/manifest.json"]
    must(publish("activate", "--run-id", "r2"))
    middle = objects["two_tower/latest/manifest.json"]
    must(publish("activate", "--run-id", "r3"))
    must(fetch())
    count = 0
    for stale in (old, middle):
        objects["two_tower/latest/manifest.json"] = stale
        must(fetch())
        assert here() == "r3"
        shutil.rmtree("here")  # one that never saw another
        must(fetch())
        assert here() == "r3"
        count += 2
    server.faults.set([{"do": "stale", "path": "/latest/", "times": 9}])
    must(fetch())
    assert here() == "r3"
    server.faults.set([])
    del objects["two_tower/manifests/production/0000000003.json"]
    refused(fetch(), 8)  # the pointer still names it, or it was set back too
    objects["two_tower/latest/manifest.json"] = middle
    refused(fetch(), 8)
    assert here() == "r3"
    return f"{count + 3} attempts, 0 steps back"


@test("two environments in one bucket: neither takes the other's release")
def environments():
    fresh("r1", "r2")
    must(publish("activate", "--run-id", "r2", "--environment", "staging"))
    must(fetch())
    assert here() == "r1"
    assert pointer("staging")["current"]["run_id"] == "r2" and pointer()["current"]["run_id"] == "r1"
    objects["two_tower/latest/manifest.json"] = objects["two_tower/staging/manifest.json"]
    refused(fetch(), 3)
    objects["two_tower/manifests/production/0000000002.json"] = \
        objects["two_tower/manifests/staging/0000000001.json"]
    objects["two_tower/latest/manifest.json"] = objects["two_tower/production/manifest.json"]
    refused(fetch(), 3)
    assert here() == "r1"
    return "2 copies across, 0 taken"


@test("no output holds a secret")
def secrets():
    text = "\n".join(said)
    wanted = [server.secret_key, *(open(name).read().split("\n")[1] for name in ("one.key", "other.key"))]
    for env in ({"SUPABASE_SECRET_KEY": "sb_secret_123\nX"}, {"SUPABASE_SECRET_KEY": "garbage.jwt.x"},
                {"SUPABASE_SECRET_KEYS": '{"default": "sb_secret_456"}'}, {"SUPABASE_SECRET_KEYS": "sb_secret_456"},
                {"SUPABASE_SECRET_KEYS": '["sb_secret_456"'},
                *({"SUPABASE_URL": one} for one in ("https://u:hunter2@x.invalid/?k=hunter3", "http://a/?k=hunter2")),
                {"TWOTOWER_SIGNING_KEY": "MHcCAQEEIhunter2" + "A" * 100},
                {"TWOTOWER_SIGNING_KEY": open("one.key").read()[:150]}):
        done = run("publish", "list", **env)
        assert done.returncode in (2, 6), done
        text += done.stdout + done.stderr
    for secret in wanted + ["sb_secret_123", "sb_secret_456", "garbage.jwt", "hunter2", "hunter3", "MHcCAQEEI"]:
        assert secret not in text, f"{secret[:12]}... is shown"
    return f"{len(wanted) + 6} secrets, {len(said)} outputs"


print(f"1..{tests}")
server.stop()
