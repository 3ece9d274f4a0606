"""Postgres: writing 20,000 embeddings beside psql's \\copy and beside INSERT row by row, and
reading, embedding and writing 100,000 videos.  bench_pg.py TWOTOWER FOLDER

On a stock server of its own as it comes, every commit on the disk, where halfvec is a domain of bytea: ratios of one
run.  FOLDER must let user postgres pass.  ROWS and VIDEOS make it smaller."""
import itertools
import os
import resource
import shutil
import subprocess
import sys
import time

twotower, folder = os.path.abspath(sys.argv[1]), os.path.abspath(sys.argv[2])
root = os.path.dirname(os.path.abspath(__file__))
server = os.path.join(root, "servers", "pg.sh")
SOME = 2000  # rows that are inserted one by one
rows, videos = int(os.environ.get("ROWS", 20000)), int(os.environ.get("VIDEOS", 100000))


def run(*command, text=None):
    """Runs a command; gives wall and processor seconds of it and its most anonymous memory in MB."""
    before, start = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    process = subprocess.Popen(
        command,
        stdin=subprocess.PIPE if text else None,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=folder,
    )
    anonymous = 0
    if not text:
        while process.poll() is None:
            try:
                with open(f"/proc/{process.pid}/status") as status:
                    anonymous = max([anonymous] + [int(l.split()[1]) for l in status if l.startswith("RssAnon")])
            except OSError:
                pass
            time.sleep(0.01)
    out, error = process.communicate(text)
    if process.returncode:
        sys.exit(f"{command[:4]}: {error}")
    wall, after = time.perf_counter() - start, resource.getrusage(resource.RUSAGE_CHILDREN)
    return wall, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, anonymous / 1024


def sql(url, *statements):
    for one in statements:
        run("psql", "-qAtX", "-v", "ON_ERROR_STOP=1", url, "-c", one)


def fill(url, count):
    sql(
        url,
        f"""insert into videos (id, title, maker, label, series, source, price, product_released_at)
        select md5(i::text)::uuid, 'A video of some length ' || i, 'maker ' || i % 900, 'label ' || i % 300, null,
               'studio', i % 5000, '2015-01-01'::timestamptz + i % 3650 * interval '1 day'
               from generate_series(1, {count}) i""",
        "insert into tags (id, name) select md5('t' || i)::uuid, 'tag ' || i from generate_series(1, 400) i",
        f"""insert into video_tags select distinct md5(i::text)::uuid, md5('t' || 1 + (i * 7 + k * k * 31) % 400)::uuid
            from generate_series(1, {count}) i, generate_series(1, 6) k""",
        "analyze",
    )


def database(name, count):
    sql(base, f"drop database if exists {name}", f"create database {name}")
    url = base.rsplit("/", 1)[0] + "/" + name
    run(twotower, "db", "migrate", "--db-url", url, "--embedding-dim", "128")
    fill(url, count)
    return url


shutil.rmtree(folder, ignore_errors=True)
os.makedirs(folder)
base = subprocess.run([server, "start", folder + "/pg"], capture_output=True, text=True, check=True).stdout.strip()
for name in ("fsync", "synchronous_commit", "full_page_writes"):
    sql(base, f"alter system set {name} = on")
sql(base, "select pg_reload_conf()")
try:
    run(twotower, "synth", "--out", "shop", "--users", "300", "--videos", "800")
    run(twotower, "prep", "--db-url", "file:shop", "--input", "shop/reviews.csv", "--run-id", "p")
    run(twotower, "train", "--epochs", "1", "--run-id", "m")
    url = database("rows", rows)
    run(twotower, "embed", "videos", "--db-url", url, "--run-id", "s")
    part = '"video_embeddings_m"'
    sql(url, f"\\copy {part} to '{folder}/rows.bin' (format binary)")
    run(
        "psql",
        "-qAtX",
        url,
        "-o",
        folder + "/rows.sql",
        "-c",
        f"select format('insert into {part} values (%L, %L, %L, %L, %L);', video_id, model_version, embedding, "
        f"input_digest, updated_at) from {part}",
    )
    live = "ml/artifacts/live/video_embedding_syncs/s"
    best = {}
    for _ in range(3):
        for name, command in (
            ("twotower upsert", (twotower, "upsert", "--db-url", url, "--artifacts-dir", live)),
            ("psql \\copy", ("psql", "-qX", url, "-c", f"\\copy {part} from '{folder}/rows.bin' (format binary)")),
        ):
            sql(url, f"truncate {part}", "checkpoint")
            best[name] = min(best.get(name, 1e9), run(*command)[0])
    sql(url, f"truncate {part}")
    with open(folder + "/rows.sql") as lines, open(folder + "/some.sql", "w") as some:
        some.writelines(itertools.islice(lines, SOME))
    single = run("psql", "-qX", "-v", "ON_ERROR_STOP=1", url, "-f", folder + "/some.sql")[0] * rows / SOME
    ours, copy = best["twotower upsert"], best["psql \\copy"]
    print(
        f"postgres, {rows:,} x halfvec(128) into a partition without an index on vectors: {ours:.3f} s; "
        f"psql \\copy of the same bytes {copy:.3f} s ({ours / copy:.2f} times as long, 1.5 is the goal); "
        f"INSERT row by row, by its first {SOME:,}, {single:.2f} s "
        f"({single / ours:.0f} times as long as ours, 20 is the goal)"
    )
    url = database("large", videos)
    wall, processor, memory = run(twotower, "embed", "videos", "--db-url", url, "--run-id", "large")
    print(
        f"postgres, {videos:,} videos read, embedded and written: {wall:.2f} s, of which the program's own processor "
        f"time is {100 * processor / wall:.0f} % (30 is the goal), anonymous memory {memory:.0f} MB (32 is the goal)"
    )
finally:
    subprocess.run([server, "stop", folder + "/pg"], check=False)
    shutil.rmtree(folder + "/pg", ignore_errors=True)
