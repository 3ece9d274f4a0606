# SPDX-License-Identifier: MIT
"""Stops a command at exact calls: at_call.py LIBRARY TEST ARGUMENT... COMMAND...

LIBRARY is at_call.c, built.  The tests:

    interrupt SIGNAL POINTS        SIGNAL at so many calls between the first and the last one
    ignored SIGNAL POINTS          the same, where the caller ignores SIGNAL: nothing happens
    chain SIGNAL KILLS OUT         each attempt goes on with --resume where the one before was stopped
    kill TEXT CALL                 SIGKILL before that call among those whose path has TEXT in it
    again KILLS FIRST AGAIN        SIGKILL before call FIRST, then of repeated runs, which make AGAIN calls or
                                   more, within the first three quarters of AGAIN
    outputs KILLS FOLDER           SIGKILL leaves the files below FOLDER as they were, or all new
    peaceful                       none: ends as the command does, and prints the number of its calls

A point that is not reached fails the test."""
import os
import shutil
import signal
import subprocess
import sys
import tempfile


class Stopped:
    """A command under LIBRARY; `status` is its exit status, or -N for signal N."""

    def __init__(self, library, command):
        self.library, self.command = library, command

    def run(self, disposition=signal.SIG_DFL, **at):
        """at: the library's variables, in lower case and without AT_."""
        with tempfile.NamedTemporaryFile() as count:
            settings = {"AT_" + name.upper(): str(value) for name, value in at.items()}
            environment = {**os.environ, **settings, "LD_PRELOAD": self.library, "AT_COUNT": count.name}

            def dispose():
                for number in (signal.SIGINT, signal.SIGTERM):
                    signal.signal(number, disposition)
            done = subprocess.run(self.command, env=environment, preexec_fn=dispose, text=True,
                                  stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
            self.status, self.said = done.returncode, done.stderr
            written = count.read()
        self.calls = int(written) if written else None
        return self

    def expect(self, statuses, where):
        if self.status not in statuses:
            sys.exit(f"{where}: exit status {self.status}, expected one of {statuses}: {self.said}")
        return self

    def count(self, **at):
        """Calls of an undisturbed run."""
        self.run(**at).expect((0,), "undisturbed")
        if not self.calls:
            sys.exit(f"the library counted {self.calls} calls, expected at least one: {self.said}")
        return self.calls


def reached(count):
    """The last call that every run reaches: files that hold times may take a block more or less."""
    return count * 15 // 16


def spread(count, points):
    """So many numbers from 1 to count, the first and the last among them."""
    if count < points or points < 2:
        sys.exit(f"{count} calls, expected at least {points} and 2 points or more")
    return [1 + (count - 1) * at // (points - 1) for at in range(points)]


def interrupt(command, name, points):
    """Up to three quarters every point ends with 7 and one sentence; later all may be done, with 0."""
    command.run().expect((0,), "a first run")  # what it leaves may change the number of calls
    count, number = command.count(all=1), int(getattr(signal, name))
    statuses = []
    for call in spread(reached(count), int(points)):
        where = f"{name} before call {call} of {count}"
        command.run(all=1, call=call, signal=number).expect((7,) if call <= count * 3 // 4 else (0, 7), where)
        if command.status == 7 and (command.said.count("twotower ") != 1 or "interrupted" not in command.said):
            sys.exit(f"{where}: one sentence with 'interrupted' is expected, got: {command.said}")
        if command.status == 0 and command.calls < call:
            sys.exit(f"{where}: only {command.calls} calls came")
        statuses.append(command.status)
    print(f"{count} calls; exit statuses at {points} of them: {statuses}")


def ignored(command, name, points):
    count, number = command.count(all=1), int(getattr(signal, name))
    for call in spread(reached(count), int(points)):
        command.run(signal.SIG_IGN, all=1, call=call, signal=number).expect((0,), f"{name} before call {call}")
        if command.calls < call:
            sys.exit(f"only {command.calls} calls came, expected {call}")


def remove_temporaries(folder):
    """What a SIGKILL leaves."""
    for name in os.listdir(folder):
        if ".tmp-" in name:
            shutil.rmtree(f"{folder}/{name}")


def chain(command, name, kills, out):
    """Stops before the first state is saved, in the middle of the training, while a state is written,
    and three times in the export; the very last call is after the commit."""
    first, export = ".checkpoint.safetensors.tmp-", ".training.jsonl.tmp-"  # the first file of each
    number = int(getattr(signal, name))
    measured = Stopped(command.library, command.command + ["--out-dir", out + ".measured"])
    exported = measured.count(after=export)
    shutil.rmtree(out + ".measured")
    trained = measured.count(after=first) - exported
    shutil.rmtree(out + ".measured")
    # An attempt saves at least one state, unless it is stopped at its first call.
    middle = int(kills) - 4
    points = [(first, 1)] + [(first, trained // (middle + 1) + at) for at in range(middle)]
    points += [(export, call) for call in spread(exported, 3)]
    resumed = Stopped(command.library, command.command + ["--out-dir", out, "--resume"])
    went_on = []
    for after, call in points:
        resumed.run(after=after, call=call, signal=number)
        last = (after, call) == points[-1] and number != signal.SIGKILL
        resumed.expect((0,) if last else (-number if number == signal.SIGKILL else 7,), f"{name} at {after} {call}")
        went_on.append("going on after step" in resumed.said)
        remove_temporaries(f"{out}/runs")
    if went_on[0] or went_on[2:] != [True] * (len(points) - 2):
        sys.exit(f"attempts that went on: {went_on}; expected all but the first two")
    print(f"{len(points)} of {kills} stopped, at {points}")


def kill(command, text, call):
    command.run(path=text, call=call).expect((-signal.SIGKILL,), f"SIGKILL at {text} {call}")


def again(command, kills, first, repeated):
    calls = [int(first)] + spread(int(repeated) * 3 // 4, int(kills) - 1)
    for call in calls:
        command.run(call=call).expect((-signal.SIGKILL,), f"SIGKILL before call {call} of {calls}")
    print(f"killed before the calls {calls}")


def contents(folder):
    """All files below it but the JSON, which says when."""
    found = {}
    for path, _, names in os.walk(folder):
        for name in names:
            if not name.endswith((".json", ".md")) and ".tmp-" not in path + name and ".partial" not in path:
                with open(os.path.join(path, name), "rb") as file:
                    found[os.path.join(path, name)] = file.read()
    return found


def outputs(command, kills, folder):
    with tempfile.TemporaryDirectory() as saved:
        shutil.copytree(folder, saved + "/old", symlinks=True)

        def restore():
            shutil.rmtree(folder)
            shutil.copytree(saved + "/old", folder, symlinks=True)
        old = contents(folder)
        count = command.count()
        new = contents(folder)
        if old == new:
            sys.exit(f"the command changes nothing of {folder}; nothing would be tested")
        olds = 0
        for call in spread(count, int(kills)):
            restore()
            command.run(call=call).expect((-signal.SIGKILL,), f"SIGKILL before call {call} of {count}")
            now = contents(folder)
            olds += now == old
            if now not in (old, new):
                differ = sorted(path for path in {**old, **now} if now.get(path) != old.get(path))
                sys.exit(f"killed before call {call} of {count}, neither old nor new: {differ}")
        restore()
    if not 0 < olds < int(kills):
        sys.exit(f"{olds} of {kills} kills left the old files; both kinds are expected")
    print(f"{kills} kills before {count} calls: {olds} left the old files, the others the new ones")


TESTS = {"interrupt": (interrupt, 2), "ignored": (ignored, 2), "chain": (chain, 3), "kill": (kill, 2),
         "again": (again, 3), "outputs": (outputs, 2), "peaceful": (lambda command: print(command.count()), 0)}

if __name__ == "__main__":
    test, given = TESTS[sys.argv[2]]
    test(Stopped(os.path.abspath(sys.argv[1]), sys.argv[3 + given:]), *sys.argv[3:3 + given])
