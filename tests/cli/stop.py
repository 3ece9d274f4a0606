"""Kills a training once it has saved its first state: stop.py CHECKPOINT COMMAND..."""
import os, shutil, signal, subprocess, sys, time

path = sys.argv[1]
process = subprocess.Popen(sys.argv[2:], stdout=subprocess.DEVNULL)
while process.poll() is None and not os.path.exists(path):
    time.sleep(0.001)
process.send_signal(signal.SIGKILL)
process.wait()
runs = os.path.dirname(os.path.dirname(path))
for name in os.listdir(runs):  # what a SIGKILL leaves
    if ".tmp-" in name:
        shutil.rmtree(f"{runs}/{name}")
sys.exit(0 if os.path.exists(path) else "it was never seen")
