# SPDX-License-Identifier: MIT
"""The HTTP contract of Supabase Storage that publish relies on, row by row, against any server.

storage_contract.py URL SERVICE_KEY [ANON_KEY]: makes a bucket of its own and removes it.  Prints TAP.
"""
import base64, json, os, socket, sys, threading, time, urllib.error, urllib.request
from urllib.parse import urlsplit

url, key, *anon = sys.argv[1:]
bucket, tests = f"contract-{os.getpid()}", 0


def ask(method, path, body=None, auth=key, **headers):
    """(status, headers, body); a dict is sent as JSON."""
    if isinstance(body, (dict, list)):
        body, headers["content_type"] = json.dumps(body).encode(), "application/json"
    request = urllib.request.Request(url + "/storage/v1" + path, data=body, method=method)
    for name, value in headers.items():
        request.add_header(name.replace("_", "-"), value)
    if auth:
        request.add_header("Authorization", "Bearer " + auth)
    try:
        with urllib.request.urlopen(request) as answer:
            return answer.status, answer.headers, answer.read()
    except urllib.error.HTTPError as answer:
        return answer.code, answer.headers, answer.read()


def code(answer):
    """What a refusal says: its status, `code` and `statusCode`."""
    body = json.loads(answer[2])
    return answer[0], body.get("code"), body.get("statusCode")


def check(name, good):
    global tests
    tests += 1
    print(f"{'ok' if good else 'not ok'} {tests} - contract: {name}")


o = f"/object/{bucket}/"
read = f"/object/authenticated/{bucket}/"
check("GET /status", ask("GET", "/status", auth=None)[0] == 200)
made = ask("POST", "/bucket", {"id": bucket, "name": bucket, "public": True, "file_size_limit": "1mb"})
check("POST /bucket", made[0] == 200 and json.loads(made[2])["name"] == bucket)
check(
    "POST /bucket of one that is there",
    code(ask("POST", "/bucket", {"id": bucket, "name": bucket})) == (400, "BucketAlreadyExists", "409"),
)
check("GET /bucket/ID", ask("GET", f"/bucket/{bucket}")[0] == 200)
check("GET /bucket/ID of none", code(ask("GET", "/bucket/none-of-that-name")) == (400, "NoSuchBucket", "404"))
put = ask(
    "POST",
    o + "v1/a.bin",
    b"hello",
    Content_Type="application/octet-stream",
    cache_control="max-age=60",
    x_metadata=base64.b64encode(b'{"a":"b"}').decode(),
)
check("POST creates", put[0] == 200 and json.loads(put[2])["Key"] == f"{bucket}/v1/a.bin" and json.loads(put[2])["Id"])
check("POST does not replace", code(ask("POST", o + "v1/a.bin", b"other")) == (400, "KeyAlreadyExists", "409"))
check("If-Match is ignored by PUT", ask("PUT", o + "v1/a.bin", b"hello", If_Match='"0000"')[0] == 200)
check(
    "POST with x-upsert replaces",
    ask(
        "POST",
        o + "v1/a.bin",
        b"hello",
        x_upsert="true",
        If_None_Match="*",
        Content_Type="application/octet-stream",
        cache_control="max-age=60",
    )[0]
    == 200,
)
check("PUT creates, too", ask("PUT", o + "v1/b.bin", b"b")[0] == 200)
check("zero bytes", ask("POST", o + "v1/empty", b"")[0] == 200 and ask("GET", read + "v1/empty")[2] == b"")
got = ask("GET", read + "v1/a.bin")
check(
    "GET gives body, type, ETag, Last-Modified, Cache-Control",
    got[2] == b"hello"
    and got[1]["ETag"]
    and got[1]["Content-Type"] == "application/octet-stream"
    and got[1]["Last-Modified"]
    and got[1]["Cache-Control"] == "max-age=60",
)
check("GET /object/BUCKET/KEY is the same", ask("GET", o + "v1/a.bin")[2] == b"hello")
part = ask("GET", read + "v1/a.bin", Range="bytes=0-2")
check("a range", part[0] == 206 and part[2] == b"hel" and part[1]["Content-Range"] == "bytes 0-2/5")
check("If-None-Match", ask("GET", read + "v1/a.bin", If_None_Match=got[1]["ETag"])[0] == 304)
head = ask("HEAD", read + "v1/a.bin")
check("HEAD", head[0] == 200 and head[1]["Content-Length"] == "5")
check("HEAD of none is 400 without a body", ask("HEAD", read + "none")[::2] == (400, b""))
info = json.loads(ask("GET", f"/object/info/{bucket}/v1/a.bin")[2])
check(
    "GET /object/info",
    info["size"] == 5
    and info["content_type"] == "application/octet-stream"
    and info["cache_control"] == "max-age=60"
    and info["etag"],
)
check("GET /object/info of none", code(ask("GET", f"/object/info/{bucket}/none")) == (400, "NoSuchKey", "404"))
check(
    "a public bucket is read without a key", ask("GET", f"/object/public/{bucket}/v1/a.bin", auth=None)[2] == b"hello"
)
check("GET of none", code(ask("GET", read + "none")) == (400, "NoSuchKey", "404"))
check("a bucket that is none", code(ask("POST", "/object/none-of-that-name/x", b"x")) == (400, "NoSuchBucket", "404"))
check("a key that is none", code(ask("GET", read + "v1/a.bin", auth="garbage"))[0::2] == (400, "403"))
check("no Authorization", code(ask("POST", o + "x", b"x", auth=None))[0] == 400)
if anon:
    check(
        "the anonymous key may not write",
        code(ask("POST", o + "x", b"x", auth=anon[0])) == (400, "AccessDenied", "403"),
    )
check("too large", code(ask("POST", o + "large", b"x" * 1000001)) == (400, "EntityTooLarge", "413"))
check("a key that is not ASCII", code(ask("POST", o + "%E3%81%82", b"x")) == (400, "InvalidKey", "400"))
rows = json.loads(ask("POST", f"/object/list/{bucket}", {"prefix": "", "limit": 100, "offset": 0})[2])
check("list: folders have no id", [(r["name"], r["id"]) for r in rows] == [("v1", None)])
rows = json.loads(
    ask(
        "POST",
        f"/object/list/{bucket}",
        {"prefix": "v1/", "limit": 2, "offset": 0, "sortBy": {"column": "name", "order": "asc"}},
    )[2]
)
check(
    "list: by name, with sizes",
    [(r["name"], r["metadata"]["size"]) for r in rows] == [("a.bin", 5), ("b.bin", 1)] and rows[0]["id"],
)
rows = json.loads(
    ask(
        "POST",
        f"/object/list/{bucket}",
        {"prefix": "v1/", "limit": 2, "offset": 2, "sortBy": {"column": "name", "order": "asc"}},
    )[2]
)
check("list: the next page", [r["name"] for r in rows] == ["empty"])
rows = json.loads(ask("POST", f"/object/list/{bucket}", {"prefix": "none/"})[2])
check("list: of a folder that is none", rows == [])
copy = {"bucketId": bucket, "sourceKey": "v1/a.bin", "destinationKey": "v1/c.bin"}
check("copy", ask("POST", "/object/copy", copy)[0] == 200 and ask("GET", read + "v1/c.bin")[2] == b"hello")
check("copy over what is there", code(ask("POST", "/object/copy", copy))[::2] == (400, "409"))
check("move over what is there", code(ask("POST", "/object/move", copy)) == (400, "ResourceAlreadyExists", "409"))
ask("PUT", o + "v1/.d.tmp-1", b"moved", Content_Type="application/octet-stream", cache_control="max-age=60")
hidden = json.loads(ask("GET", f"/object/info/{bucket}/v1/.d.tmp-1")[2])
move = {"bucketId": bucket, "sourceKey": "v1/.d.tmp-1", "destinationKey": "v1/d.bin"}
check(
    "move to a name that is free",
    ask("POST", "/object/move", move)[0] == 200 and ask("GET", read + "v1/d.bin")[2] == b"moved",
)
moved = json.loads(ask("GET", f"/object/info/{bucket}/v1/d.bin")[2])
check(
    "move keeps id, time, type and cache",
    all(moved[m] == hidden[m] for m in ("id", "created_at", "content_type", "cache_control")),
)
check("move of none, to what is there", code(ask("POST", "/object/move", move)) == (400, "NoSuchKey", "404"))
check("move to itself", ask("POST", "/object/move", {**copy, "destinationKey": "v1/a.bin"})[0] == 200)
check(
    "move to a key that is not ASCII",
    code(ask("POST", "/object/move", {**copy, "destinationKey": "\u3042"})) == (400, "InvalidKey", "400"),
)
check("DELETE", ask("DELETE", o + "v1/c.bin")[0] == 200)
check("DELETE of none", code(ask("DELETE", o + "v1/c.bin")) == (400, "NoSuchKey", "404"))


def slow_create(name):
    """A POST without x-upsert whose body is not whole yet; returns what sends the rest and reads the answer."""
    place = urlsplit(url)
    line = socket.create_connection((place.hostname, place.port))
    line.sendall(
        f"POST {place.path}/storage/v1{o}{name} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {key}\r\n"
        "Content-Type: text/plain\r\nContent-Length: 4\r\nConnection: close\r\n\r\nsl".encode()
    )
    time.sleep(0.5)  # the server has looked for such an object

    def end():
        line.sendall(b"ow")
        with line, line.makefile("rb") as answer:
            return answer.read().split(b" ")[1]

    return end


end = slow_create("slow")
check("a POST while another creates the same", ask("POST", o + "slow", b"fast")[0] == 200)
check(
    "replaces nothing, but is replaced: POST is no atomic create",
    end() == b"200" and ask("GET", read + "slow")[2] == b"slow",
)

for number in range(16):
    ask("PUT", f"{o}.race.tmp-{number}", str(number).encode())
answers, ready = {}, threading.Barrier(16)


def race(number):
    ready.wait()
    answers[number] = ask(
        "POST", "/object/move", {"bucketId": bucket, "sourceKey": f".race.tmp-{number}", "destinationKey": "race"}
    )


threads = [threading.Thread(target=race, args=(n,)) for n in range(16)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
winners = [n for n, answer in answers.items() if answer[0] == 200]
check(f"of 16 that move to one name at once, 1 does ({len(winners)})", len(winners) == 1)
check(
    "the others are told that there is one",
    all(code(a) == (400, "ResourceAlreadyExists", "409") for n, a in answers.items() if n not in winners),
)
check("what is there is the winner's", ask("GET", read + "race")[2] == str(winners[0]).encode())
check(
    "DELETE of many tells what was there",
    len(json.loads(ask("DELETE", f"/object/{bucket}", {"prefixes": ["race", "none"]})[2])) == 1,
)
check("DELETE of a bucket that is not empty", code(ask("DELETE", f"/bucket/{bucket}"))[::2] == (400, "409"))
check("empty", ask("POST", f"/bucket/{bucket}/empty", {})[0] == 200)
check("DELETE of a bucket", ask("DELETE", f"/bucket/{bucket}")[0] == 200)
print(f"1..{tests}")
