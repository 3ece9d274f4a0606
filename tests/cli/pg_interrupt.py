"""SIGINT for a command that waits for a server: pg_interrupt.py COMMAND...

It must end within seconds, with status 7 and one sentence."""
import signal
import subprocess
import sys
import time

signal.signal(signal.SIGINT, signal.SIG_DFL)  # ignored where the tests run in the background
process = subprocess.Popen(sys.argv[1:], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
time.sleep(1)
if process.poll() is not None:
    sys.exit(f"it does not wait: {process.returncode} {process.stderr.read()}")
process.send_signal(signal.SIGINT)
_, said = process.communicate(timeout=60)
if process.returncode != 7 or said.count("twotower ") != 1 or "interrupted" not in said:
    sys.exit(f"{process.returncode}: {said}")
