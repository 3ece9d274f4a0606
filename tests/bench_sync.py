# SPDX-License-Identifier: MIT
"""The nightly job: 1,000 new videos in a catalogue of 100,000, on files and on Postgres.

bench_sync.py TWOTOWER FOLDER: FOLDER must let user postgres pass.  VIDEOS makes it smaller.  Own time
is the job's, less what it waited for the API (a server on loopback, no pause between requests)."""
import json
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time

twotower, folder = os.path.abspath(sys.argv[1]), os.path.abspath(sys.argv[2])
root = os.path.dirname(os.path.abspath(__file__))
servers = os.path.join(root, "servers")
videos, new = int(os.environ.get("VIDEOS", 100000)), 1000
env = dict(
    os.environ,
    FANZA_API_ID="test-key-7f3a",
    FANZA_API_AFFILIATE_ID="test-990",
    TMPDIR=folder,
    TWOTOWER_STORAGE_URL="file:store",
)
for name in ("SUPABASE_URL", "TWOTOWER_PUBLIC_KEYS", "TWOTOWER_SIGNING_KEY"):
    env.pop(name, None)


def run(*command, **more):
    """Runs a command; gives its output, its most anonymous memory in MB, seen every few milliseconds, and its
    processor seconds."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    out = tempfile.TemporaryFile("w+")
    process = subprocess.Popen(command, stdout=out, stderr=subprocess.PIPE, text=True, cwd=folder, env={**env, **more})
    most = 0
    while process.poll() is None:
        try:
            with open(f"/proc/{process.pid}/status") as status:
                most = max([most] + [int(line.split()[1]) for line in status if line.startswith("RssAnon")])
        except OSError:
            pass
        time.sleep(0.004)
    error = process.stderr.read()
    if process.returncode:
        sys.exit(f"{command[:4]}: {error}")
    out.seek(0)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return out.read(), most / 1024, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def night(name, url, day):
    out, memory, processor = run(
        twotower,
        "sync",
        "videos",
        "--db-url",
        url,
        "--api-url",
        api,
        "--interval",
        "0",
        "--quiet",
        "--json",
        "--as-of",
        day + "T03:00:00Z",
        "--lookback-days",
        "1",
    )
    done = json.loads(out)
    steps = {one["step"]: one for one in done["steps"]}
    waited = steps["ingest"]["result"]["api_seconds"]
    print(
        f"{name}: {steps['ingest']['result']['added']:,} new videos in {done['videos']:,}, "
        f"{done['embeddings']:,} embedded, {done['rows_written']:,} rows written: "
        f"{done['seconds'] - waited:.2f} s of its "
        f"own (10 is the goal; processor {processor:.2f}, "
        + ", ".join(f"{n} {one['seconds'] - (waited if n == 'ingest' else 0):.2f}" for n, one in steps.items())
        + f"), waited {waited:.2f} s for the API, anonymous memory {memory:.1f} MB (24 is the goal)"
    )


shutil.rmtree(folder, ignore_errors=True)
os.makedirs(folder + "/api")
server = subprocess.Popen(
    [sys.executable, servers + "/itemlist.py", folder + "/api", "--items", str(3 * new), "--per-day", str(new)],
    stdout=subprocess.PIPE,
    text=True,
)
try:
    api = server.stdout.readline().strip()
    run(twotower, "synth", "--out", "small", "--users", "200", "--videos", "500", "--quiet")
    run(twotower, "prep", "--db-url", "file:small", "--input", "small/reviews.csv", "--run-id", "p")
    run(twotower, "train", "--epochs", "1", "--run-id", "m")
    run(twotower, "eval", "--run-id", "m", "--min-over-popularity", "0")
    run(twotower, "publish", "upload", "--run-id", "m")
    run(twotower, "publish", "activate", "--run-id", "m")
    run(
        twotower,
        "synth",
        "--out",
        "large",
        "--users",
        "100",
        "--videos",
        str(videos),
        "--reviews-per-user",
        "5",
        "--quiet",
    )
    shutil.copytree(folder + "/large", folder + "/plain")
    run(twotower, "embed", "videos", "--db-url", "file:large", "--run-id", "all")
    for day in ("2025-01-01", "2025-01-02"):
        night("files", "file:large", day)
    night("files, the same again", "file:large", "2025-01-02")
    try:
        base = subprocess.run(
            [servers + "/pg.sh", "start", folder + "/pg"], capture_output=True, text=True, check=True
        ).stdout.strip()
    except (subprocess.CalledProcessError, OSError):
        sys.exit("no Postgres here")
    try:
        run(twotower, "db", "migrate", "--db-url", base, "--embedding-dim", "128")
        run("sh", servers + "/load.sh", base, "plain")
        run(twotower, "embed", "videos", "--db-url", base, "--run-id", "all")
        run("psql", "-qAtX", base, "-c", "analyze")
        for day in ("2025-01-01", "2025-01-02"):
            night("postgres", base, day)
        night("postgres, the same again", base, "2025-01-02")
    finally:
        subprocess.run([servers + "/pg.sh", "stop", folder + "/pg"], check=False)
    small = subprocess.run(
        "strip -o stripped '%s' && { xz -9 -c stripped 2>/dev/null || gzip -9 -c stripped; } | wc -c" % twotower,
        shell=True,
        cwd=folder,
        capture_output=True,
        text=True,
        check=True,
    )
    print(f"the program, stripped and compressed: {int(small.stdout) / 1e6:.2f} MB (5 is the goal)")
finally:
    server.terminate()
    shutil.rmtree(folder, ignore_errors=True)
