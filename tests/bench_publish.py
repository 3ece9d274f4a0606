# SPDX-License-Identifier: MIT
"""Upload of an 80 MB run, ours and curl's to the same server: bench_publish.py PROGRAM FOLDER [ROUNDS]."""
import json, os, shutil, statistics, subprocess, sys, threading, time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "servers"))
from storage import Server

program, folder, rounds = os.path.abspath(sys.argv[1]), sys.argv[2], int((sys.argv + ["5"])[3])
shutil.rmtree(folder, ignore_errors=True)
os.makedirs(folder)
os.chdir(folder)


def run(*words):
    subprocess.run([program, *words], check=True, capture_output=True)


run("synth", "--out", "shop", "--users", "200", "--videos", "300")
run("prep", "--db-url", "file:shop", "--input", "shop/reviews.csv")
run("train", "--epochs", "1", "--embedding-dim", "8", "--hidden-dim", "8", "--run-id", "r1")
run("eval", "--min-over-popularity", "0")
for n in range(4):
    with open(f"ml/artifacts/runs/r1/tower_{n}.onnx", "wb") as file:
        file.write(os.urandom(20 << 20))
run("manifest", "ml/artifacts/runs/r1")
sent = json.load(open("ml/artifacts/runs/r1/manifest.json"))["files"]
sent = [f for f in sent if f["name"].endswith((".onnx", ".pt", ".json", ".jsonl", ".md"))]
server = Server().start()
env = dict(os.environ, SUPABASE_URL=server.url, SUPABASE_SECRET_KEY=server.secret_key)
most = 0


def watch(process):
    global most
    while process.poll() is None:
        try:
            with open(f"/proc/{process.pid}/status") as status:
                anonymous = [line for line in status if line.startswith("RssAnon")]
            most = max(most, int(anonymous[0].split()[1]) if anonymous else 0)
        except (OSError, ProcessLookupError):
            pass
        time.sleep(0.002)


def timed(words, watched=False):
    server.state.objects["models"].clear()
    start = time.perf_counter()
    process = subprocess.Popen(words, env=env, stdout=subprocess.DEVNULL)
    thread = None
    if watched:  # which takes the server's time
        thread = threading.Thread(target=watch, args=(process,))
        thread.start()
    code = process.wait()
    taken = time.perf_counter() - start
    if thread:
        thread.join()
    if code:
        sys.exit(f"{words[0]} ends with {code}")
    return taken


with open("curl.config", "w") as config:
    for at, file in enumerate(sent + [{"name": "manifest.json"}]):
        config.write(
            ("next\n" if at else "")
            + "silent\nfail\nrequest = POST\noutput = /dev/null\n"
            + f'header = "Authorization: Bearer {server.service_key}"\nheader = "Expect:"\n'
            f'upload-file = "ml/artifacts/runs/r1/{file["name"]}"\n'
            f'url = "{server.url}/storage/v1/object/models/two_tower/r1/{file["name"]}"\n'
        )
ours, curls = [], []
for _ in range(rounds):
    curls.append(timed(["curl", "--config", "curl.config"]))
    ours.append(timed([program, "publish", "upload", "--storage-url", "supabase://models"]))
timed([program, "publish", "upload", "--storage-url", "supabase://models"], watched=True)
one, other = statistics.median(ours), statistics.median(curls)
size = sum(f["size"] for f in sent) / 1e6
print(
    f"  {size:.0f} MB in {len(sent) + 1} objects: publish upload {one:.3f} s, "
    f"curl {other:.3f} s, ratio {one / other:.2f}; "
    f"{most / 1024:.1f} MB of anonymous memory"
)
server.stop()
shutil.rmtree("ml")
