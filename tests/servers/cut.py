"""A TCP proxy before a Postgres server that understands what clients send, and cuts.

    with Cutter(server_port, rule) as proxy: ... proxy.port ... proxy.cuts, proxy.seen

`rule(index, kind, body, total)` is asked for every message of a client, over all connections:
its number, its type byte (b'' before the session stands), its bytes, and how many bytes
came before it.  It answers None to let it pass, or
    "before"  the server never gets it
    "after"   the server gets it, and its answer is lost; `unanswered` counts those it did not answer
    n         the server gets n bytes of it
and may do what it likes to the server first.  Both ends are then closed hard."""
import socket
import struct
import threading


# Query, Sync, CopyDone and what comes before a session: the server answers these at once.
ANSWERED = (b"Q", b"S", b"c", b"")


class Cutter:
    def __init__(self, server_port, rule):
        self.server_port, self.rule = server_port, rule
        self.seen, self.bytes, self.cuts, self.unanswered = [], 0, 0, 0
        self.lock = threading.Lock()
        self.listener = socket.socket()
        self.listener.bind(("127.0.0.1", 0))
        self.listener.listen(20)
        self.port = self.listener.getsockname()[1]

    def __enter__(self):
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(self, *_):
        self.listener.close()

    def _accept(self):
        while True:
            try:
                client, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client):
        try:
            server = socket.create_connection(("127.0.0.1", self.server_port), 10)
        except OSError:
            client.close()
            return
        server.settimeout(None)
        answered, silent = threading.Event(), threading.Event()
        back = threading.Thread(target=self._back, args=(server, client, answered, silent), daemon=True)
        back.start()
        try:
            self._forth(client, server, answered, silent)
        except OSError:
            pass
        for one in (client, server):
            try:
                one.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                one.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass
            one.close()

    @staticmethod
    def _back(server, client, answered, silent):
        try:
            while data := server.recv(65536):
                answered.set()
                if not silent.is_set():
                    client.sendall(data)
            client.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass
        answered.set()

    def _forth(self, client, server, answered, silent):
        buffer, started = b"", False
        while data := client.recv(65536):
            buffer += data
            while True:
                head = 1 if started else 0
                if len(buffer) < head + 4:
                    break
                size = head + struct.unpack(">I", buffer[head:head + 4])[0]
                if len(buffer) < size:
                    break
                message, buffer = buffer[:size], buffer[size:]
                kind = message[:1] if started else b""
                started = started or struct.unpack(">I", message[4:8])[0] == 196608
                with self.lock:
                    index, total = len(self.seen), self.bytes
                    self.seen.append(kind)
                    self.bytes += size
                answer = self.rule(index, kind, message, total)
                if answer is None:
                    server.sendall(message)
                    continue
                self.cuts += 1
                silent.set()
                if answer == "after":
                    answered.clear()
                    server.sendall(message)
                    if kind in ANSWERED:
                        self.unanswered += not answered.wait(120)
                elif answer != "before":
                    server.sendall(message[:answer])
                return
