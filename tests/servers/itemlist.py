#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""An ItemList API on loopback with a catalogue of its own, which can misbehave.

    itemlist.py DIR [--items N] [--per-day N]

prints its address.  DIR/faults is read at each request; its lines are taken one by one:
    429 | 500 | cut | garbage | empty | slow | 400      what the next answer is instead
DIR/edits is a JSON file {content_id: {member: value} or null}: items that differ from how they were
made, null: no longer listed.  DIR/requests gets a line per request: time, offset, window, answer.
Types waver as those of the real API do: numbers as strings, absent members, lists of one."""
import argparse
import datetime
import http.server
import json
import os
import sys
import time
import urllib.parse

KEY, AFFILIATE = "test-key-7f3a", "test-990"
FIRST_DAY = datetime.date(2025, 1, 1)


def made(number, per_day):
    day = FIRST_DAY + datetime.timedelta(days=number // per_day)
    genres = [{"id": 100 + k, "name": f"genre {k}"} for k in sorted({number % 7, number % 11, number % 13})]
    item = {
        "service_code": "digital", "floor_code": "videoa", "content_id": f"test{number:05d}",
        "product_id": f"test{number:05d}", "title": f"Title {number}", "volume": str(60 + number % 90),
        "URL": f"https://www.dmm.co.jp/digital/videoa/-/detail/=/cid=test{number:05d}/",
        "affiliateURL": f"https://al.dmm.co.jp/?lurl=x&af_id={AFFILIATE}&ch=api",
        "imageURL": {"list": f"https://pics.example/{number}pt.jpg", "large": f"https://pics.example/{number}pl.jpg"},
        "prices": {"price": f"{300 + number % 50 * 10}~", "deliveries": {"delivery": [{"type": "hd", "price": "980"}]}},
        "date": f"{day} {number % 24:02d}:00:{number % 60:02d}",
        "review": {"count": number % 9, "average": "4.33" if number % 2 else 4.33},
        "iteminfo": {"genre": genres, "maker": [{"id": number % 17, "name": f"Maker {number % 17}"}],
                     "actress": [{"id": str(5000 + number % 23) if number % 2 else 5000 + number % 23,
                                  "name": f"Performer {number % 23}", "ruby": "x"}]},
    }
    if number % 5 == 0:
        item["iteminfo"]["series"] = [{"id": 1, "name": "Series"}]
        item["iteminfo"]["label"] = [{"id": 2, "name": "Label"}]
    if number % 19 == 0:
        del item["review"], item["imageURL"]
        item["iteminfo"].pop("actress")
    if number % 29 == 0:
        item["volume"] = 75
        item["prices"] = {"price": 500, "deliveries": {"delivery": {"type": "hd", "price": 980}}}
    return item


class Catalogue:
    def __init__(self, folder, count, per_day):
        self.folder, self.items, self.found = folder, [made(i, per_day) for i in range(count)], {}

    def window(self, gte, lte):
        try:
            with open(os.path.join(self.folder, "edits"), encoding="utf-8") as file:
                edits = json.load(file)
        except FileNotFoundError:
            edits = {}
        key = (gte, lte, json.dumps(edits))
        if key not in self.found:
            self.found = {key: self.find(gte, lte, edits)}
        return self.found[key]

    def find(self, gte, lte, edits):
        listed = []
        for item in self.items:
            change = edits.get(item["content_id"], {})
            if change is not None:
                listed.append({**item, **change})
        inside = [item for item in listed if gte <= item["date"].replace(" ", "T") <= lte]
        return sorted(inside, key=lambda item: (item["date"], item["content_id"]), reverse=True)

    def fault(self):
        path = os.path.join(self.folder, "faults")
        try:
            with open(path, encoding="utf-8") as file:
                lines = file.read().split()
        except FileNotFoundError:
            return ""
        with open(path + ".new", "w", encoding="utf-8") as file:
            file.write("\n".join(lines[1:]))
        os.replace(path + ".new", path)
        return lines[0] if lines else ""


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def answer(self, status, body, headers=()):
        raw = body if isinstance(body, bytes) else json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(raw)))
        for name, value in headers:
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(raw)

    def do_GET(self):
        address = urllib.parse.urlsplit(self.path)
        query = dict(urllib.parse.parse_qsl(address.query))
        fault = self.server.catalogue.fault()
        with open(os.path.join(self.server.catalogue.folder, "requests"), "a", encoding="utf-8") as log:
            print(time.monotonic(), query.get("offset"), query.get("gte_date"), query.get("lte_date"), fault or "200",
                  file=log)
        if fault == "slow":
            time.sleep(1)
        if fault == "hold":  # until somebody opens and closes this pipe
            with open(os.path.join(self.server.catalogue.folder, "go"), "rb") as gate:
                gate.read()
        if fault == "429":
            return self.answer(429, {}, [("Retry-After", "0")])
        if fault == "500":
            return self.answer(500, {})
        if fault == "garbage":
            return self.answer(200, b"<html>maintenance</html>")
        if query.get("api_id") != KEY or query.get("affiliate_id") != AFFILIATE or fault == "400":
            return self.answer(400, {"request": {"parameters": query}, "result": {
                "status": 400, "message": "BAD REQUEST", "errors": {"api_id": "is invalid"}}})
        if address.path != "/ItemList":
            return self.answer(404, {})
        offset, hits = int(query.get("offset", 1)), int(query.get("hits", 20))
        if not 1 <= offset <= 50000 or not 1 <= hits <= 100:
            return self.answer(400, {"result": {"status": 400, "message": "BAD REQUEST",
                                                "errors": {"offset": "is out of range"}}})
        all_items = self.server.catalogue.window(query.get("gte_date", ""), query.get("lte_date", "9999"))
        # A page is at times shorter than was asked for.
        items = all_items[offset - 1 : offset - 1 + (hits if offset % 3 else max(1, hits - 7))]
        result = {"status": 200 if offset % 2 else "200", "result_count": len(items),
                  "total_count": str(len(all_items)) if offset % 2 else len(all_items),
                  "first_position": offset, "items": items}
        if fault == "empty":
            result.update(result_count=0, items=[])
        raw = json.dumps({"request": {"parameters": {k: v for k, v in query.items() if k != "api_id"}},
                          "result": result}).encode()
        if fault == "cut":
            self.send_response(200)
            self.send_header("Content-Length", str(len(raw)))
            self.end_headers()
            self.wfile.write(raw[: len(raw) // 2])
            self.close_connection = True
            return None
        return self.answer(200, raw)


class Server(http.server.ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request, client_address):
        pass  # a client that was killed


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("folder")
    parser.add_argument("--items", type=int, default=3000)
    parser.add_argument("--per-day", type=int, default=100)
    given = parser.parse_args()
    server = Server(("127.0.0.1", 0), Handler)
    server.catalogue = Catalogue(given.folder, given.items, given.per_day)
    print(f"http://127.0.0.1:{server.server_address[1]}", flush=True)
    sys.stdout.close()
    server.serve_forever()


main()
