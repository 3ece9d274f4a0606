# SPDX-License-Identifier: MIT
"""Kills publish commands at every request, or at every call that changes files.

publish_kills.py supabase|file PROGRAM RUNS WORK STRIDE [PRELOAD]: RUNS is an artifacts folder with
the runs r1 and r2; only every STRIDE-th place is tried, and each must kill.  After each kill a reader
must get a whole run that was released, the log must only have grown, and the same command must then end
well.  Prints TAP.
"""
import hashlib, json, os, shutil, signal, subprocess, sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "servers"))
from storage import Server

kind, program, runs, work, stride, *preload = sys.argv[1:]
os.makedirs(work, exist_ok=True)
os.chdir(work)
plain = {k: v for k, v in os.environ.items() if not k.startswith(("SUPABASE", "TWOTOWER_", "MODEL_"))}


class Supabase:
    """Killed while the server holds one request: before it is done, or after."""

    def __init__(self):
        self.server = Server().start()
        self.env = dict(plain, SUPABASE_URL=self.server.url,
                        SUPABASE_SECRET_KEY=self.server.secret_key)
        self.options = ["--storage-url", "supabase://models"]

    def save(self):
        return dict(self.server.state.objects["models"])

    def restore(self, saved):
        self.server.state.objects["models"] = dict(saved)

    def objects(self):
        return {key: one.data for key, one in self.server.state.objects["models"].items()
                if not is_hidden(key)}

    def leftovers(self, seconds):
        """How many objects are not finished; each becomes so much older."""
        found = [one for key, one in self.server.state.objects["models"].items() if is_hidden(key)]
        for one in found:
            one.created -= seconds
        return len(found)

    def points(self, command, restore):
        counts = []
        for _ in range(2):  # the server may note a request of a killed command only now
            restore()
            before = len(self.server.log)
            must(run(command, self.env))
            counts.append(len(self.server.log) - before)
        count = min(counts)
        return [(at, when) for at in range(count) for when in ("hold", "hold_after")][::int(stride)]

    def kill(self, command, point):
        self.server.faults.set([{"do": point[1], "skip": point[0]}])
        process = start(command, self.env)
        if not self.server.faults.wait_held():
            sys.exit(f"request {point} of {command} never came")
        process.send_signal(signal.SIGKILL)
        process.communicate()
        self.server.faults.release(drop=True)
        self.server.faults.set([])
        return True


class Folder:
    """Killed before one of its calls."""

    def __init__(self):
        self.env, self.options = dict(plain), ["--storage-url", "file:store"]

    def save(self):
        shutil.rmtree("saved", ignore_errors=True)
        if os.path.exists("store"):
            shutil.copytree("store", "saved")
        return None

    def restore(self, _):
        shutil.rmtree("store", ignore_errors=True)
        if os.path.exists("saved"):
            shutil.copytree("saved", "store")

    def objects(self):
        found = {}
        for folder, _, names in os.walk("store"):
            for name in names:
                if not is_hidden(name):
                    path = os.path.join(folder, name)
                    found[os.path.relpath(path, "store")] = open(path, "rb").read()
        return found

    def leftovers(self, seconds):
        found = [os.path.join(folder, name) for folder, _, names in os.walk("store") for name in names
                 if is_hidden(name)]
        for path in found:
            changed = os.stat(path).st_mtime - seconds
            os.utime(path, (changed, changed))
        return len(found)

    def points(self, command, restore):
        restore()
        must(run(command, dict(self.env, LD_PRELOAD=preload[0], AT_COUNT="calls")))
        return range(1, int(open("calls").read()) + 1, int(stride))

    def kill(self, command, point):
        done = run(command, dict(self.env, LD_PRELOAD=preload[0], AT_CALL=str(point)))
        return done.returncode == -signal.SIGKILL


def is_hidden(key):
    """An object that is not finished: its name is no key."""
    return os.path.basename(key).startswith(".")


def start(command, env):
    return subprocess.Popen([program, *command], env=env, stdout=subprocess.PIPE,
                            stderr=subprocess.PIPE, text=True)


def run(command, env):
    process = start(command, env)
    process.out, process.err = process.communicate()
    return process


def must(process):
    if process.returncode:
        sys.exit(f"{process.args}: {process.returncode}: {process.err}")
    return process


def sha(data):
    return hashlib.sha256(data).hexdigest()


def log_of(objects):
    prefix = "two_tower/manifests/production/"
    return [json.loads(objects[key]) for key in sorted(objects) if key.startswith(prefix)]


def check(store, before, allowed):
    """I1, I2, I3: what anybody sees now."""
    objects = store.objects()
    log = log_of(objects)
    assert [r["sequence"] for r in log] == list(range(1, len(log) + 1)), "the log has a gap"
    assert len(log) <= len(log_of(before)) + 1, "more than one record came"
    for key, data in before.items():
        if "/manifests/" in key or "/r" in key:
            assert objects.get(key) == data, f"{key} changed"
    for key, data in objects.items():
        if key.endswith("/manifest.json") and "/r" in key:
            for file in json.loads(data)["files"]:
                there = objects[os.path.dirname(key) + "/" + file["name"]]
                assert sha(there) == file["sha256"], f"{key} vouches for {file['name']}"
    shutil.rmtree("reader", ignore_errors=True)
    fetched = run(["publish", "fetch", "--json", "--artifacts-root", "reader", *store.options],
                  store.env)
    if not log:
        assert fetched.returncode == 3 and "nothing is active" in fetched.err, fetched.err
        return
    assert fetched.returncode == 0, f"a reader fails: {fetched.err}"
    got = json.loads(fetched.out)
    assert got["run_id"] in allowed, f"a reader gets {got['run_id']}"
    assert got["run_id"] == log[-1]["current"]["run_id"], "a reader gets an older run than the log's"


def same_pointers(store):
    objects = store.objects()
    log = sorted(k for k in objects if k.startswith("two_tower/manifests/production/"))
    for name in ("latest", "production"):
        assert not log or objects[f"two_tower/{name}/manifest.json"] == objects[log[-1]], name


def campaign(store, name, command, setup, allowed, after):
    for step in setup:
        must(run(step + store.options, store.env))
    saved = store.save()
    before = store.objects()
    command = command + store.options

    def restore():
        store.restore(saved)
        shutil.rmtree("here", ignore_errors=True)

    kills = left = 0
    for point in store.points(command, restore):
        restore()
        try:
            assert store.kill(command, point), "it was not killed"
            kills += 1
            check(store, before, allowed)
            again = run(command, store.env)
            assert again.returncode == 0, f"run again it ends with {again.returncode}: {again.err}"
            check(store, before, after)
            same_pointers(store)
            left += store.leftovers(2 * 86400)
            must(run(["publish", "prune", *store.options], store.env))
            assert not store.leftovers(0), "prune leaves what is not finished"
            if name == "fetch":
                assert os.readlink("here/latest") == "runs/" + after[0]
                fetched = [d for d in os.listdir("here/runs") if not d.startswith(".")]
                assert fetched == [after[0]], fetched
        except AssertionError as why:
            print(f"# {name} killed at {point}: {why}")
            return False, kills
    print(f"# {name}: {kills} kills; {left} objects not finished, all removed by prune")
    return kills > 0, kills


root = ["--artifacts-root", runs]
upload = lambda run_id: ["publish", "upload", "--run-id", run_id, *root]
activate = lambda run_id: ["publish", "activate", "--run-id", run_id, *root]
campaigns = [
    ("upload", upload("r1"), [], [], ["r1"]),
    ("activate", activate("r2"), [upload("r1"), activate("r1"), upload("r2")], ["r1", "r2"], ["r2"]),
    ("rollback", ["publish", "rollback", "--run-id", "r1"], [activate("r2")], ["r2", "r1"], ["r1"]),
    ("fetch", ["publish", "fetch", "--artifacts-root", "here"], [activate("r1")], ["r1"], ["r1"]),
]
store = Supabase() if kind == "supabase" else Folder()
total = 0
for at, (name, command, setup, allowed, after) in enumerate(campaigns):
    good, kills = campaign(store, name, command, setup, allowed, after)
    total += kills
    print(f"{'ok' if good else 'not ok'} {at + 1} - {name} on {kind}: {kills} kills, a reader always "
          f"gets a whole released run, and the command ends when it is run again")
    sys.stdout.flush()
print(f"# {total} kills on {kind}")
print(f"1..{len(campaigns)}")
