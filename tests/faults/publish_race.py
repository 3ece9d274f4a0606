# SPDX-License-Identifier: MIT
"""Rounds of 16 activations at once: publish_race.py PROGRAM RUNS WORK ROUNDS DATABASE.

RUNS is an artifacts folder with the runs r1 ... r17, DATABASE a URL of postgresql:// or file:DIR that
has their embeddings.  On the server of the tests, or on the one of TEST_STORAGE_URL with TEST_STORAGE_KEY.
In each round 16 runs are verified, and held before the request that commits them; then all go on at
once.  One wins, the others end with 8, and the log, both pointers and the row of the database name
the winner.  Prints TAP.
"""
import hashlib, http.client, json, os, subprocess, sys, threading, urllib.request
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "servers"))
from storage import Server

program, runs, work, rounds, database = sys.argv[1:6]
rounds, AT_ONCE, BUCKET = int(rounds), 16, "models"
OF_A_CONNECTION = ("connection", "transfer-encoding", "content-length", "date", "server", "keep-alive")
prefix = f"race-{os.getpid()}"


class Gate(ThreadingHTTPServer):
    """Passes requests on to a server, but holds those that commit until as many as are wanted came."""
    daemon_threads, request_queue_size = True, 128

    def __init__(self, url):
        super().__init__(("127.0.0.1", 0), Pass)
        self.to, self.url = urlsplit(url), f"http://127.0.0.1:{self.server_address[1]}"
        self.wanted, self.barrier = False, threading.Barrier(AT_ONCE)
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def handle_error(self, *_):
        pass


class Pass(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def setup(self):
        super().setup()
        self.line = http.client.HTTPConnection(self.server.to.hostname, self.server.to.port)

    def finish(self):
        super().finish()
        self.line.close()

    def serve(self):
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        if self.server.wanted and self.command == "POST" and self.path.endswith("/object/move"):
            self.server.barrier.wait(120)
        self.line.request(self.command, self.server.to.path + self.path, body, dict(self.headers))
        answer = self.line.getresponse()
        data = answer.read()
        self.send_response(answer.status)
        for name, value in answer.getheaders():
            if name.lower() not in OF_A_CONNECTION:
                self.send_header(name, value)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    do_GET = do_HEAD = do_POST = do_PUT = do_DELETE = serve


url, key = os.environ.get("TEST_STORAGE_URL"), os.environ.get("TEST_STORAGE_KEY")
kind = "the server of TEST_STORAGE_URL"
if not url:
    server = Server([BUCKET]).start()
    url, key, kind = server.url, server.service_key, "the server of the tests"
gate = Gate(url)
env = {k: v for k, v in os.environ.items() if not k.startswith(("SUPABASE", "TWOTOWER_", "MODEL_"))}
env.update(SUPABASE_URL=gate.url, SUPABASE_SERVICE_ROLE_KEY=key, MODEL_ARTIFACTS_PREFIX=prefix, RACE_DATABASE=database)
os.makedirs(work, exist_ok=True)


def ask(method, path, body=None):
    request = urllib.request.Request(f"{url}/storage/v1/{path}", method=method, data=body and json.dumps(body).encode())
    request.add_header("Authorization", "Bearer " + key)
    request.add_header("Content-Type", "application/json")
    with urllib.request.urlopen(request) as answer:
        return answer.read()


def read(name):
    return ask("GET", f"object/authenticated/{BUCKET}/{prefix}/{name}")


def names(folder):
    rows = ask("POST", f"object/list/{BUCKET}", {"prefix": f"{prefix}/{folder}/", "limit": 10000, "offset": 0})
    return sorted(row["name"] for row in json.loads(rows))


def row():
    """(version, sequence, SHA-256) of production."""
    if database.startswith("file:"):
        with open(database[5:] + "/active_release.json") as file:
            one = json.load(file)["production"]
        return one["model_version"], one["sequence"], one["manifest_sha256"]
    asked = "select model_version, sequence, manifest_sha256 from active_release where environment = 'production'"
    out = subprocess.run(["psql", "-qAtX", database, "-c", asked], capture_output=True, text=True)
    version, sequence, sha256 = out.stdout.strip().split("|")
    return version, int(sequence), sha256


def begin(what, run_id, *words):
    return subprocess.Popen([program, "publish", what, "--storage-url", f"supabase://{BUCKET}", "--run-id", run_id,
                             "--artifacts-root", runs, "--json", *words],
                            env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def end(process):
    out, err = process.communicate()
    return process.returncode, out, err


def take(number, current):
    """One round; returns the run that won."""
    gate.barrier.reset()
    gate.wanted = True
    started = {name: begin("activate", name, "--db-url", "env:RACE_DATABASE") for name in all_runs if name != current}
    ended = {name: end(process) for name, process in started.items()}
    gate.wanted = False
    won = [name for name, (code, _, _) in ended.items() if code == 0]
    assert sorted(code for code, _, _ in ended.values()) == [0] + [8] * (AT_ONCE - 1), ended
    log = names("manifests/production")
    assert log == [f"{n:010}.json" for n in range(1, number + 1)], log[-3:]
    record = read("manifests/production/" + log[-1])
    newest = json.loads(record)["current"]
    sha256 = hashlib.sha256(read(f"{won[0]}/manifest.json")).hexdigest()
    assert (newest["run_id"], newest["manifest_sha256"]) == (won[0], sha256), (newest, won)
    assert read("latest/manifest.json") == record == read("production/manifest.json"), "pointers differ"
    assert row() == (won[0], number, sha256), (row(), won[0], number)
    return won[0]


all_runs = [f"r{n}" for n in range(1, AT_ONCE + 2)]
for name in all_runs:
    code, _, err = end(begin("upload", name))
    if code:
        sys.exit(f"upload of {name}: {code}: {err}")
current, done, winners = None, 0, {}
try:
    code, _, err = end(begin("activate", "r1", "--db-url", "env:RACE_DATABASE"))
    assert code == 0, err
    current = "r1"
    for done in range(1, rounds + 1):
        current = take(done + 1, current)
        winners[current] = winners.get(current, 0) + 1
        if done % 50 == 0:
            print(f"# {done} rounds", flush=True)
    good = "ok"
except (AssertionError, threading.BrokenBarrierError) as why:
    good = "not ok"
    print(f"# round {done}: {str(why)[:4000]}")
print(f"{good} 1 - {rounds} rounds of {AT_ONCE} activations at once on {kind}: one winner each "
      f"({len(winners)} runs won), the others exit 8; log, pointers and row agree")
print("1..1")
