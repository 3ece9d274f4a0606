"""Takes every connection of a server: pg_crowd.py URL COMMAND...

The command must say so with status 5.  Begun again it is stopped at its first "trying again" until the
crowd has left, and must then succeed."""
import re
import signal
import subprocess
import sys
import time

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


def connections():
    count = "select count(*) from pg_stat_activity where usename = 'hasty'"
    done = subprocess.run(["psql", "-qAtX", url, "-c", count], capture_output=True, text=True, check=True)
    return done.stdout.strip()


held = crowd()
done = subprocess.run(command, capture_output=True, text=True)
if done.returncode != 5 or not re.search("connection slots|too many", done.stderr):
    sys.exit(f"exit status {done.returncode}, expected 5 and the reason: {done.stderr}")
tries = done.stderr.count("trying again")
process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
for line in process.stderr:
    if "trying again" in line:
        break
else:
    sys.exit(f"exit status {process.wait()}, and it never tried again")
process.send_signal(signal.SIGSTOP)
leave(held)
while connections() != "0":
    time.sleep(0.05)
process.send_signal(signal.SIGCONT)
_, said = process.communicate()
if process.returncode:
    sys.exit(f"after they left, exit status {process.returncode}: {said}")
print(f"{len(held)} connections were taken, {tries} new tries, then it was told; and it went on when they left")
