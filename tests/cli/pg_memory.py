"""The most anonymous memory that a command has had: pg_memory.py LIMIT-MB COMMAND...

Ends with 1 where it is more, or where the command fails."""
import subprocess
import sys
import time

limit, command = int(sys.argv[1]), sys.argv[2:]
process = subprocess.Popen(command)
most = 0
while process.poll() is None:
    try:
        for line in open(f"/proc/{process.pid}/status"):
            if line.startswith("RssAnon:"):
                most = max(most, int(line.split()[1]))
    except OSError:
        pass
    time.sleep(0.005)
print(f"RssAnon {most} kB, at most {limit} MB are allowed")
sys.exit(process.returncode or most > limit * 1024)
