"""Takes every connection of a server: pg_crowd.py URL COMMAND...

The command must say so with status 5; while it tries again the crowd leaves, and then it must
succeed."""
import re
import subprocess
import sys
import threading

url, command = sys.argv[1], sys.argv[2:]


def crowd():
    """Holds connections until none is left for users."""
    held = []
    while True:
        one = subprocess.Popen(["psql", "-qAtX", url.replace("//postgres@", "//hasty@")], stdin=subprocess.PIPE,
                               stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        one.stdin.write("select 1;\n")
        one.stdin.flush()
        if one.stdout.readline().strip() != "1":
            one.kill()
            return held
        held.append(one)


def leave(held):
    for one in held:
        one.stdin.close()
        one.wait()


held = crowd()
done = subprocess.run(command, capture_output=True, text=True)
if done.returncode != 5 or not re.search("connection slots|too many", done.stderr):
    sys.exit(f"{done.returncode}: {done.stderr}")
tries = done.stderr.count("trying again")
threading.Timer(0.4, leave, [held]).start()
done = subprocess.run(command, capture_output=True, text=True)
if done.returncode or "trying again" not in done.stderr:
    sys.exit(f"after they left, {done.returncode}: {done.stderr}")
print(f"{len(held)} connections were taken, {tries} new tries, then it was told; and it went on when they left")
