#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""A webhook on loopback: webhook.py FILE prints its address and adds a line of JSON to FILE for each
message: {"path", "type", "body"}.  The path's second part says how it answers: ok, slack (200 and a
text), 404, 500, busy (429 once, then 204), wait (429, come back in an hour), hang (never), trickle (a
body without end), redirect (to /ok), cut (closes)."""
import contextlib
import http.server
import json
import sys
import threading
import time

seen = set()
lock = threading.Lock()


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def empty(self, status, *headers):
        self.send_response(status)
        for name, value in headers:
            self.send_header(name, value)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def do_POST(self):
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        how = self.path.split("/")[1]
        with lock:
            again = how in seen
            seen.add(how)
            with open(sys.argv[1], "a", encoding="utf-8") as log:
                log.write(json.dumps({"path": self.path, "type": self.headers.get("Content-Type"),
                                      "body": json.loads(body)}) + "\n")
        if how == "hang":
            time.sleep(600)
        elif how == "cut":
            self.close_connection = True
        elif how == "trickle":
            self.send_response(200)
            self.end_headers()
            with contextlib.suppress(BrokenPipeError, ConnectionResetError):
                for _ in range(6000):
                    self.wfile.write(b"x" * 20)
                    self.wfile.flush()
                    time.sleep(0.1)
        elif how == "slack":
            self.send_response(200)
            self.send_header("Content-Length", "2")
            self.end_headers()
            self.wfile.write(b"ok")
        elif how == "busy" and not again:
            self.empty(429, ("Retry-After", "1"))
        elif how == "wait":
            self.empty(429, ("Retry-After", "3600"))
        elif how == "redirect":
            self.empty(307, ("Location", "/ok"))
        else:
            self.empty(int(how) if how.isdigit() else 204)


server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
server.daemon_threads = True
print(f"http://127.0.0.1:{server.server_address[1]}", flush=True)
server.serve_forever()
