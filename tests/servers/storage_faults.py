# SPDX-License-Identifier: MIT
"""How the Storage server of storage.py misbehaves.

A fault is {"do": WHAT, "method": "PUT", "path": REGEX, "skip": N, "times": M, "at": BYTE, ...}:
of the requests that fit it leaves N alone and spoils the next M (1).  WHAT is

    status_before  answers "status" (503), nothing is done; "retry_after": seconds
    status_after   does it, then answers "status" (503)
    drop_before    closes the connection, nothing is done
    drop_after     does it, then closes the connection
    cut            sends the first "at" bytes of the body and closes the connection
    short          the answer is whole, and ends after "at" bytes of the object
    flip           one bit of byte "at" of what is read is another one
    store_short    keeps the first "at" bytes of an upload and answers 200
    stale          a reader gets the object before this one, "back" (1) versions ago
    slow           sends "at" bytes, then nothing any more until the client leaves
    hold           waits until release() before it does it;  hold_after: before it answers
"""
import re, select, threading

from storage_state import Refusal


class Fault:
    def __init__(self, rule, handler, owner):
        self.rule, self.handler, self.owner = rule, handler, owner
        self.what, self.at = rule["do"], rule.get("at", 0)

    def hold(self):
        """True: go on; False: the request is dropped."""
        self.released, self.dropped = threading.Event(), False
        with self.owner.changed:
            self.owner.held.append(self)
            self.owner.changed.notify_all()
        self.released.wait()
        return not self.dropped

    def before(self):
        if self.what == "hold":
            return self.hold()
        if self.what == "status_before":
            self.handler.body()
            raise_status(self.rule)
        return self.what != "drop_before"

    def after(self):
        if self.what == "hold_after":
            return self.hold()
        return self.what != "drop_after"

    def stored(self, data):
        return data[:self.at] if self.what == "store_short" else data

    def read(self, one):
        if self.what == "stale":
            for _ in range(self.rule.get("back", 1)):
                one = one.before or one
        return one

    def answer(self, status, body, headers):
        if self.what == "status_after":
            return self.rule.get("status", 503), b"", []
        if self.what == "status_before" and "retry_after" in self.rule:
            headers.append(("Retry-After", str(self.rule["retry_after"])))
        if self.what == "short" and status == 200:
            body = body[:self.at]
        if self.what == "flip" and status == 200:
            body = bytearray(body)
            body[self.at] ^= self.rule.get("bit", 1)
        return status, bytes(body), headers

    def send(self, body):
        out = self.handler.wfile
        if self.what not in ("cut", "slow"):
            out.write(body)
            return
        out.write(body[:self.at])
        out.flush()
        if self.what == "slow":  # the client's end makes the connection readable
            select.select([self.handler.connection], [], [], 120)
        self.handler.close_connection = True
        self.handler.connection.shutdown(2)


def raise_status(rule):
    raise Refusal("InternalError", 500, "Internal", "on demand", rule.get("status", 503))


class Faults:
    def __init__(self):
        self.lock = threading.Lock()
        self.changed = threading.Condition(self.lock)
        self.rules, self.held = [], []

    def set(self, rules):
        self.release()
        with self.lock:
            self.rules = [dict(rule, left=rule.get("skip", 0), more=rule.get("times", 1))
                          for rule in rules]

    def find(self, handler, path):
        with self.lock:
            for rule in self.rules:
                if rule.get("method", handler.command) != handler.command:
                    continue
                if not rule["more"] or not re.search(rule.get("path", ""), path):
                    continue
                if rule["left"]:
                    rule["left"] -= 1
                    continue
                rule["more"] -= 1
                return Fault(rule, handler, self)
        return None

    def wait_held(self, count=1, timeout=60):
        """Until so many requests are held; False: they never were."""
        with self.changed:
            return self.changed.wait_for(lambda: len(self.held) >= count, timeout)

    def release(self, drop=False):
        """Lets what is held go on, or drops it."""
        with self.lock:
            held, self.held = self.held, []
        for fault in held:
            fault.dropped = drop
            fault.released.set()
