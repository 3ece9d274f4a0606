"""SIGINT for a command that waits for a lock: pg_interrupt.py URL COMMAND...

It is sent when the server says that the command's statement waits for a lock; the command must end
then, with status 7 and one sentence."""
import signal
import subprocess
import sys
import time

url, command = sys.argv[1], sys.argv[2:]
WAITING = "select count(*) from pg_stat_activity where application_name = 'twotower' and wait_event_type = 'Lock'"


def waits():
    done = subprocess.run(["psql", "-qAtX", url, "-c", WAITING], capture_output=True, text=True, check=True)
    return done.stdout.strip() == "1"


# A caller may have had us ignore it; the command would too.
process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
                           preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL))
while not waits():
    if process.poll() is not None:
        sys.exit(f"it does not wait: {process.returncode} {process.stderr.read()}")
    time.sleep(0.05)
process.send_signal(signal.SIGINT)
_, said = process.communicate(timeout=120)  # the lock is held until we end
if process.returncode != 7 or said.count("twotower ") != 1 or "interrupted" not in said:
    sys.exit(f"exit status {process.returncode}, expected 7 and one sentence: {said}")
