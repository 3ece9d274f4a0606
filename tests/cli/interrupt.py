"""Interrupts a command at many moments: interrupt.py SIGNAL COMMAND...

Each run must end with status 7 and one sentence, or with 0 when it was done before; at
least one must have been interrupted, so a command that is quick is tried again."""
import signal, subprocess, sys, time

number = getattr(signal, sys.argv[1])
command = sys.argv[2:]
signal.signal(signal.SIGINT, signal.SIG_DFL)  # ignored where the tests run in the background
start = time.monotonic()
done = subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
whole = time.monotonic() - start
if done.returncode != 0:
    sys.exit(f"undisturbed, it ends with {done.returncode}: {done.stderr.decode()}")
hit = 0
for moment in range(120):
    if moment >= 12 and hit:
        break
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    slept = whole * (moment % 12 + 0.5) / 12
    time.sleep(slept)
    process.send_signal(number)
    _, said = process.communicate(timeout=120)
    text = said.decode()
    if process.returncode == 7:
        hit += 1
        if text.count("twotower ") != 1 or "interrupted" not in text:
            sys.exit(f"at {moment % 12}/12 it says: {text}")
    elif process.returncode not in (0, -number):
        sys.exit(f"at {moment % 12}/12 it ends with {process.returncode}: {text}")
    elif process.returncode == -number and slept > 0.1:  # before that it may not listen yet
        sys.exit(f"at {moment % 12}/12 it dies of the signal")
print(f"{hit} interrupted")
sys.exit(0 if hit else "never interrupted")
