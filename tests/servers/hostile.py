#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Servers that nobody should trust: hostile.py KIND FILE [LOG [WORD]] writes its port to FILE.

proxy     answers every request by an empty JSON list, as if it were the server; logs what it sees
endless   a Storage server whose listing has a thousand new names on every page
same      one that gives the same page again and again
postgres  says WORD in the text of the error by which it refuses a connection
silent    takes connections and says nothing
busy      a web server that asks for a minute's patience
"""
import http.server
import json
import socketserver
import struct
import sys

KIND, PORT_FILE = sys.argv[1:3]
LOG = sys.argv[3] if len(sys.argv) > 3 else "/dev/null"
WORD = sys.argv[4] if len(sys.argv) > 4 else ""


class Web(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    wbufsize = -1  # head and body in one packet
    pages = 0

    def log_message(self, *_):
        pass

    def answer(self):
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        with open(LOG, "a") as log:
            log.write(f"{self.command} {self.path} {dict(self.headers)}\n")
        if KIND == "busy":
            self.send_response(503)
            self.send_header("Retry-After", "60")
            self.send_header("Content-Length", "0")
            self.end_headers()
            return
        Web.pages += KIND == "endless"
        rows = [] if KIND == "proxy" else [{"name": f"r{Web.pages}-{n}", "id": None} for n in range(1000)]
        body = json.dumps(rows).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    do_GET = do_HEAD = do_POST = do_PUT = do_DELETE = answer

    def do_CONNECT(self):
        with open(LOG, "a") as log:
            log.write(f"CONNECT {self.path} {dict(self.headers)}\n")
        self.send_error(502)


class Postgres(socketserver.BaseRequestHandler):
    def handle(self):
        while (size := self.request.recv(4)):
            body = self.request.recv(struct.unpack("!I", size)[0] - 4)
            if body[:4] == struct.pack("!I", 80877103):  # may we talk TLS?
                self.request.sendall(b"N")
                continue
            fields = b"SFATAL\0VFATAL\0C28P01\0M" + WORD.encode() + b"\0\0"
            self.request.sendall(b"E" + struct.pack("!I", len(fields) + 4) + fields)
            return


class Silent(socketserver.BaseRequestHandler):
    def handle(self):
        while self.request.recv(65536):
            pass


class Server(socketserver.ThreadingMixIn, socketserver.TCPServer):
    daemon_threads = allow_reuse_address = True


server = Server(("127.0.0.1", 0), {"postgres": Postgres, "silent": Silent}.get(KIND, Web))
with open(PORT_FILE, "w") as file:
    file.write(str(server.server_address[1]))
server.serve_forever()
