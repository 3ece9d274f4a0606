# SPDX-License-Identifier: MIT
"""What the Storage server of storage.py keeps: buckets, objects and the rules between them."""
import hashlib, re, threading, time, uuid


class Refusal(Exception):
    def __init__(self, code, number, error, message, status=400):
        super().__init__(code)
        self.status = status
        self.body = {"statusCode": str(number), "error": error, "message": message, "code": code}


def duplicate(code="KeyAlreadyExists"):
    return Refusal(code, 409, "Duplicate", "The resource already exists")


def no_key():
    return Refusal("NoSuchKey", 404, "not_found", "Object not found")


def no_bucket():
    return Refusal("NoSuchBucket", 404, "Bucket not found", "Bucket not found")


def size_of(text):
    """ "1kb" is 1000 bytes."""
    if text is None or isinstance(text, int):
        return text
    number, unit = re.fullmatch(r"(\d+)\s*([kmg]?b)?", text.lower()).groups()
    return int(number) * {"kb": 1000, "mb": 10**6, "gb": 10**9}.get(unit, 1)


class Object:
    def __init__(self, data, media_type, cache, metadata, before=None):
        now = time.time()
        self.id = before.id if before else str(uuid.uuid4())
        self.version = str(uuid.uuid4())
        self.data, self.media_type, self.cache, self.metadata = data, media_type, cache, metadata
        self.etag = '"%s"' % hashlib.md5(data).hexdigest()
        self.created = before.created if before else now
        self.modified = now
        self.before = before  # what stale readers still get

    def stamp(self, seconds):
        return time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(seconds)) + ".000Z"

    def described(self):
        return {"eTag": self.etag, "size": len(self.data), "mimetype": self.media_type,
                "cacheControl": self.cache, "lastModified": self.stamp(self.modified),
                "contentLength": len(self.data), "httpStatusCode": 200}

    def info(self, bucket, key):
        return {"id": self.id, "name": key, "version": self.version, "bucket_id": bucket,
                "size": len(self.data), "content_type": self.media_type,
                "cache_control": self.cache, "etag": self.etag, "metadata": self.metadata,
                "last_modified": self.stamp(self.modified), "created_at": self.stamp(self.created)}

    def entry(self, name):
        return {"name": name, "id": self.id, "updated_at": self.stamp(self.modified),
                "created_at": self.stamp(self.created), "last_accessed_at": self.stamp(self.created),
                "metadata": self.described()}


class State:
    """Buckets and objects; one lock makes each step atomic, as the database's row does.  A create is two
    steps, as the real server takes them: need_none() before the body comes, put() after it."""

    def __init__(self):
        self.lock = threading.RLock()
        self.buckets, self.objects = {}, {}

    def bucket(self, name):
        if name not in self.buckets:
            raise no_bucket()
        return self.buckets[name]

    def make_bucket(self, asked):
        name = asked.get("id") or asked["name"]
        with self.lock:
            if name in self.buckets:
                raise duplicate("BucketAlreadyExists")
            self.buckets[name] = {
                "id": name, "name": asked.get("name", name), "owner": "",
                "public": bool(asked.get("public")), "type": "STANDARD",
                "file_size_limit": size_of(asked.get("file_size_limit")),
                "allowed_mime_types": asked.get("allowed_mime_types"),
                "created_at": "2025-01-01T00:00:00.000Z", "updated_at": "2025-01-01T00:00:00.000Z"}
            self.objects[name] = {}
        return {"name": name}

    def need_none(self, bucket, key):
        with self.lock:
            if key in self.objects[bucket]:
                raise duplicate()

    def put(self, bucket, key, made):
        with self.lock:
            self.bucket(bucket)
            before = self.objects[bucket].get(key)
            made.before = before
            if before:
                made.id, made.created = before.id, before.created
            self.objects[bucket][key] = made
        return {"Key": f"{bucket}/{key}", "Id": made.id}

    def get(self, bucket, key):
        with self.lock:
            self.bucket(bucket)
            if key not in self.objects[bucket]:
                raise no_key()
            return self.objects[bucket][key]

    def remove(self, bucket, keys):
        with self.lock:
            self.bucket(bucket)
            gone = [(key, self.objects[bucket].pop(key)) for key in keys
                    if key in self.objects[bucket]]
        return [{**one.info(bucket, key)} for key, one in gone]

    def copy(self, asked, replace):
        bucket = asked["bucketId"]
        target = asked.get("destinationBucket") or bucket
        with self.lock:
            one = self.get(bucket, asked["sourceKey"])
            self.bucket(target)
            if asked["destinationKey"] in self.objects[target] and not replace:
                raise duplicate()
            made = Object(one.data, one.media_type, one.cache, one.metadata)
            self.objects[target][asked["destinationKey"]] = made
        return {"Id": made.id, "Key": f"{target}/{asked['destinationKey']}"}

    def move(self, asked):
        """The row gets another name, under a unique key: atomic, whatever else goes on."""
        bucket, source, name = asked["bucketId"], asked["sourceKey"], asked["destinationKey"]
        target = asked.get("destinationBucket") or bucket
        with self.lock:
            one = self.get(bucket, source)
            self.bucket(target)
            if (bucket, source) != (target, name):
                if name in self.objects[target]:
                    raise duplicate("ResourceAlreadyExists")
                self.objects[target][name] = self.objects[bucket].pop(source)
                one.version, one.modified = str(uuid.uuid4()), time.time()
        return {"message": "Successfully moved"}

    def list(self, bucket, asked):
        prefix = asked.get("prefix") or ""
        prefix = prefix if not prefix or prefix.endswith("/") else prefix + "/"
        with self.lock:
            self.bucket(bucket)
            found = {}
            for key, one in self.objects[bucket].items():
                if key.startswith(prefix):
                    name, slash, _ = key[len(prefix):].partition("/")
                    folder = {"name": name, "id": None, "updated_at": None, "created_at": None,
                              "last_accessed_at": None, "metadata": None}
                    found[name] = folder if slash else one.entry(name)
        order = (asked.get("sortBy") or {}).get("order", "asc")
        rows = [found[name] for name in sorted(found, reverse=order == "desc")]
        start = asked.get("offset") or 0
        return rows[start:start + (asked.get("limit") or 100)]

    def list_v2(self, bucket, asked):
        start = int(asked.get("cursor") or 0)
        limit = asked.get("limit") or 1000
        with self.lock:
            self.bucket(bucket)
            keys = sorted(k for k in self.objects[bucket] if k.startswith(asked.get("prefix") or ""))
            rows = [dict(self.objects[bucket][k].entry(k), key=k) for k in keys]
        more = start + limit < len(rows)
        answer = {"hasNext": more, "folders": [], "objects": rows[start:start + limit]}
        if more:
            answer["nextCursor"] = str(start + limit)
        return answer
