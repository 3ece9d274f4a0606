# SPDX-License-Identifier: MIT
"""A Storage server for tests: the HTTP contract of Supabase Storage v1, over memory.

storage.py FILE [BUCKET ...] listens on a free port of 127.0.0.1, makes the buckets, writes
SUPABASE_URL, SUPABASE_SECRET_KEY, SUPABASE_SERVICE_ROLE_KEY and SUPABASE_ANON_KEY lines to FILE when it is
ready, and runs until it is ended.  Paths may begin with /storage/v1, as behind the hosted gateway, which takes the
secret key where apikey and Authorization have it, and after POST /__disable refuses tokens in apikey: legacy keys.
A POST without x-upsert races as the real server's does: whether there is such an object is looked up
before the body is taken, and RACE seconds later the object is stored whatever came meanwhile.
It misbehaves on demand (storage_faults.py): POST /__faults takes a list, GET /__log the
requests so far.  As a module: Server().start().
"""
import base64, email.utils, hashlib, hmac, json, os, re, socketserver, sys, threading, time
from http.server import BaseHTTPRequestHandler
from urllib.parse import parse_qs, unquote, urlsplit

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from storage_faults import Faults
from storage_state import Object, Refusal, State, no_bucket, no_key

RACE = 0.005
SECRET = b"a secret of this test server, of at least 32 bytes"
KEY = re.compile(r"^[\w/!.*'() &$@=;:+,?-]+$", re.ASCII)


def b64url(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def jwt(claims):
    head = b64url(b'{"alg":"HS256","typ":"JWT"}') + "." + b64url(json.dumps(claims).encode())
    return head + "." + b64url(hmac.new(SECRET, head.encode(), hashlib.sha256).digest())


def claims_of(token):
    try:
        head, body, _ = token.split(".")
        if not hmac.compare_digest(jwt_sign(head, body), token):
            return None
        return json.loads(base64.urlsafe_b64decode(body + "=" * (-len(body) % 4)))
    except ValueError:
        return None


def jwt_sign(head, body):
    text = head + "." + body
    return text + "." + b64url(hmac.new(SECRET, text.encode(), hashlib.sha256).digest())


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    rbufsize = 1 << 20
    disable_nagle_algorithm = True

    def log_message(self, *_):
        pass

    # ---- Answers -------------------------------------------------------------------------
    def answer(self, status, body=b"", headers=()):
        if isinstance(body, (dict, list)):
            body = json.dumps(body).encode()
            headers = [("Content-Type", "application/json; charset=utf-8"), *headers]
        fault = self.fault
        if fault:
            status, body, headers = fault.answer(status, body, list(headers))
        self.send_response(status)
        for name, value in headers:
            self.send_header(name, value)
        if status != 304 and not any(n == "Content-Length" for n, _ in headers):
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD" and status != 304:
            (fault.send if fault else self.wfile.write)(body)
        self.server.owner.note(self.command, self.path, status)

    def serve(self):
        parts = urlsplit(self.path)
        path = re.sub(r"^/storage/v1(?=/)", "", parts.path)
        self.query = {k: v[0] for k, v in parse_qs(parts.query).items()}
        if path == "/__faults":
            self.fault = None
            self.server.owner.faults.set(json.loads(self.body()))
            return self.answer(200, {})
        if path == "/__log":
            self.fault = None
            return self.answer(200, self.server.owner.log)
        if path == "/__disable":
            self.fault = None
            self.server.owner.legacy = json.loads(self.body())["disabled"] is False
            return self.answer(200, {})
        self.fault = self.server.owner.faults.find(self, path)
        if not self.server.owner.legacy and self.headers.get("apikey", "").count(".") == 2:
            self.body()
            return self.answer(401, {"message": "Legacy API keys are disabled", "hint": "Use a secret key"})
        try:
            if self.fault and not self.fault.before():
                self.close_connection = True
                return
            status, body, headers = self.route(path)
        except Refusal as refusal:
            status, body, headers = refusal.status, refusal.body, ()
            self.body()
            if self.command == "HEAD":
                body = b""
        if self.fault and not self.fault.after():
            self.close_connection = True
            return
        try:
            self.answer(status, body, headers)
        except (BrokenPipeError, ConnectionResetError):
            self.close_connection = True

    do_GET = do_HEAD = do_POST = do_PUT = do_DELETE = serve

    # ---- Requests ------------------------------------------------------------------------
    def body(self):
        if getattr(self, "read_already", None) is not None:
            return self.read_already
        if "chunked" in self.headers.get("Transfer-Encoding", ""):
            data = bytearray()
            while True:
                size = int(self.rfile.readline().split(b";")[0], 16)
                data += self.rfile.read(size)
                self.rfile.readline()
                if not size:
                    break
        else:
            size = int(self.headers.get("Content-Length") or 0)
            data = self.rfile.read(size)
            if len(data) < size:  # the client went away: nothing is stored
                raise ConnectionResetError
        self.read_already = bytes(data)
        return self.read_already

    def handle_one_request(self):
        self.read_already = None
        try:
            super().handle_one_request()
        except (ConnectionResetError, BrokenPipeError, ValueError):
            self.close_connection = True

    def role(self):
        given = self.headers.get("Authorization")
        if not given:
            raise Refusal("InvalidRequest", 400, "Error",
                          "headers must have required property 'authorization'")
        token = given.removeprefix("Bearer ")
        if token == self.headers.get("apikey") == self.server.owner.secret_key:
            return "service_role"
        claims = claims_of(token)
        if not claims:
            raise Refusal("AccessDenied", 403, "Unauthorized", "JWS Protected Header is invalid")
        return claims.get("role")

    def need_service(self):
        if self.role() != "service_role":
            raise Refusal("AccessDenied", 403, "Unauthorized",
                          "new row violates row-level security policy")

    def route(self, path):
        state = self.server.owner.state
        path = unquote(path)
        if path == "/status":
            return 200, b"", ()
        kind, _, rest = path[1:].partition("/")
        if kind == "bucket":
            return self.on_bucket(state, rest)
        if kind != "object":
            raise Refusal("NotFound", 404, "Not Found", f"Route {self.command}:{path} not found", 404)
        first, _, more = rest.partition("/")
        special = getattr(self, "on_" + first.replace("-", "_"), None)
        if special and first in ("list", "list-v2", "copy", "move", "sign", "info", "public", "upload"):
            return special(state, more)
        if first == "authenticated":
            rest = more
        return self.on_object(state, *self.split(rest))

    def split(self, rest):
        bucket, _, key = rest.partition("/")
        return bucket, key

    def on_bucket(self, state, name):
        self.need_service()
        if self.command == "POST" and not name:
            return 200, state.make_bucket(json.loads(self.body())), ()
        if self.command == "GET":
            return 200, state.bucket(name) if name else list(state.buckets.values()), ()
        name, _, what = name.partition("/")
        state.bucket(name)
        self.body()
        with state.lock:
            if what == "empty":
                state.objects[name].clear()
                return 200, {"message": "Successfully emptied"}, ()
            if state.objects[name]:
                raise Refusal("ResourceNotEmpty", 409, "InvalidRequest", "The bucket is not empty")
            del state.buckets[name]
        return 200, {"message": "Successfully deleted"}, ()

    def on_object(self, state, bucket, key):
        if self.command in ("POST", "PUT"):
            self.need_service()
            return self.store(state, bucket, key)
        if self.command == "DELETE":
            self.need_service()
            if key:
                if not state.remove(bucket, [key]):
                    raise no_key()
                return 200, {"message": "Successfully deleted"}, ()
            return 200, state.remove(bucket, json.loads(self.body())["prefixes"]), ()
        if self.role() != "service_role":  # an unauthorised read looks like a missing object
            raise no_key()
        return self.read(state.get(bucket, key))

    def store(self, state, bucket, key):
        rules = state.bucket(bucket)
        if not key or not KEY.match(key):
            raise Refusal("InvalidKey", 400, "InvalidKey", f"Invalid key: {key}")
        create = self.command == "POST" and self.headers.get("x-upsert", "").lower() != "true"
        if create:
            state.need_none(bucket, key)
        data, media = self.body(), self.headers.get("Content-Type", "text/plain;charset=UTF-8")
        cache = self.headers.get("Cache-Control", "no-cache")
        metadata = json.loads(base64.b64decode(self.headers.get("x-metadata") or "e30="))
        if media.startswith("multipart/form-data"):
            data, media, cache = self.form(data, media)
        limit = rules["file_size_limit"]
        if limit and len(data) > limit and "Content-Length" in self.headers:
            raise Refusal("EntityTooLarge", 413, "Payload too large",
                          "The object exceeded the maximum allowed size")
        if rules["allowed_mime_types"] and media not in rules["allowed_mime_types"]:
            raise Refusal("InvalidMimeType", 415, "invalid_mime_type",
                          f"mime type {media} is not supported")
        if self.fault:
            data = self.fault.stored(data)
        if create:
            time.sleep(RACE)
        return 200, state.put(bucket, key, Object(data, media, cache, metadata)), ()

    def form(self, data, media):
        boundary = b"--" + re.search(r'boundary="?([^";]+)', media).group(1).encode()
        cache, file, kind = "3600", b"", "application/octet-stream"
        for part in data.split(boundary)[1:-1]:
            head, _, body = part[2:-2].partition(b"\r\n\r\n")
            if b'name="cacheControl"' in head:
                cache = body.decode()
            elif b'name=""' in head:
                file = body
                found = re.search(rb"Content-Type: *([^\r\n]+)", head, re.I)
                kind = found.group(1).decode() if found else kind
        return file, kind, f"max-age={cache}"

    def read(self, one):
        if self.fault:
            one = self.fault.read(one)
        headers = [("ETag", one.etag), ("Content-Type", one.media_type), ("Accept-Ranges", "bytes"),
                   ("Cache-Control", one.cache),
                   ("Last-Modified", email.utils.formatdate(one.modified, usegmt=True))]
        if self.headers.get("If-None-Match") == one.etag:
            return 304, b"", headers
        span = re.fullmatch(r"bytes=(\d+)-(\d*)", self.headers.get("Range", ""))
        if span:
            first, last = int(span[1]), int(span[2] or len(one.data) - 1)
            last = min(last, len(one.data) - 1)
            headers.append(("Content-Range", f"bytes {first}-{last}/{len(one.data)}"))
            return 206, one.data[first:last + 1], headers
        if self.command == "HEAD":
            headers.append(("Content-Length", str(len(one.data))))
        return 200, one.data, headers

    def on_list(self, state, bucket):
        self.need_service()
        return 200, state.list(bucket, json.loads(self.body())), ()

    def on_list_v2(self, state, bucket):
        self.need_service()
        return 200, state.list_v2(bucket, json.loads(self.body())), ()

    def on_copy(self, state, _):
        self.need_service()
        replace = self.headers.get("x-upsert", "").lower() == "true"
        return 200, state.copy(json.loads(self.body()), replace), ()

    def on_move(self, state, _):
        self.need_service()
        asked = json.loads(self.body())
        if not KEY.match(asked["destinationKey"]):
            raise Refusal("InvalidKey", 400, "InvalidKey", f"Invalid key: {asked['destinationKey']}")
        return 200, state.move(asked), ()

    def on_info(self, state, rest):
        first, _, more = rest.partition("/")
        if first == "public":
            if not state.bucket(more.partition("/")[0])["public"]:
                raise no_bucket()
            rest = more
        else:
            self.need_service()
            rest = more if first == "authenticated" else rest
        bucket, key = self.split(rest)
        return 200, state.get(bucket, key).info(bucket, key), ()

    def on_public(self, state, rest):
        bucket, key = self.split(rest)
        if not state.bucket(bucket)["public"]:
            raise no_bucket()
        return self.read(state.get(bucket, key))

    def on_sign(self, state, rest):
        bucket, key = self.split(rest)
        if self.command == "POST":
            self.need_service()
            state.get(bucket, key)
            until = time.time() + json.loads(self.body())["expiresIn"]
            return 200, {"signedURL": f"/object/sign/{rest}?token={jwt({'url': rest, 'exp': until})}"}, ()
        self.need_token(rest)
        return self.read(state.get(bucket, key))

    def on_upload(self, state, rest):
        rest = rest.removeprefix("sign/")
        if self.command == "POST":
            self.need_service()
            self.body()
            token = jwt({"url": rest, "exp": time.time() + 7200})
            return 200, {"url": f"/object/upload/sign/{rest}?token={token}", "token": token}, ()
        self.need_token(rest)
        return self.store(state, *self.split(rest))

    def need_token(self, rest):
        claims = claims_of(self.query.get("token", ""))
        if not claims or claims.get("url") != rest or claims.get("exp", 0) < time.time():
            raise Refusal("InvalidJWT", 400, "InvalidJWT", "invalid signature")


class Server(socketserver.ThreadingMixIn, socketserver.TCPServer):
    """Server().start() listens on a free port of 127.0.0.1; stop() ends it."""
    daemon_threads, allow_reuse_address, request_queue_size = True, True, 128

    def __init__(self, buckets=("models",), public=True):
        super().__init__(("127.0.0.1", 0), Handler)
        self.owner, self.state, self.faults, self.log = self, State(), Faults(), []
        self.legacy, self.secret_key = True, "sb_secret_of-this-test-server"
        self.url = f"http://127.0.0.1:{self.server_address[1]}"
        until = int(time.time()) + 10**8
        self.service_key = jwt({"role": "service_role", "exp": until})
        self.anon_key = jwt({"role": "anon", "exp": until})
        for name in buckets:
            self.state.make_bucket({"name": name, "public": public})

    def note(self, *what):
        self.log.append(what)

    def handle_error(self, *_):
        pass

    def start(self):
        threading.Thread(target=self.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
        return self

    def stop(self):
        self.faults.set([])
        self.shutdown()
        self.server_close()


if __name__ == "__main__":
    server = Server(sys.argv[2:])
    with open(sys.argv[1] + ".tmp", "w") as ready:
        ready.write(f"SUPABASE_URL={server.url}\nSUPABASE_SECRET_KEY={server.secret_key}\n"
                    f"SUPABASE_SERVICE_ROLE_KEY={server.service_key}\nSUPABASE_ANON_KEY={server.anon_key}\n")
    os.rename(sys.argv[1] + ".tmp", sys.argv[1])
    server.serve_forever()
