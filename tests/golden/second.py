# SPDX-License-Identifier: MIT
"""A second implementation of core/SPEC.md, written from that page: it embeds the golden rows and
compares its bits with the golden digests.  second.py FOLDER...; prints TAP.

Everything is a numpy float32 and each step one operation, so each is rounded as the page says.
"""
import hashlib, math, sys
import numpy as np

f32 = np.float32
np.seterr(all="ignore")


def wire(data):
    """The fields of a message: (number, value), bytes or integers."""
    at, fields = 0, []

    def varint():
        nonlocal at
        value = shift = 0
        while True:
            byte = data[at]
            at, value, shift = at + 1, value | (byte & 127) << shift, shift + 7
            if byte < 128:
                return value

    while at < len(data):
        tag = varint()
        if tag & 7 == 0:
            fields.append((tag >> 3, varint()))
        elif tag & 7 == 2:
            size = varint()
            fields.append((tag >> 3, data[at:at + size]))
            at += size
        else:
            raise ValueError(f"wire type {tag & 7}")
    return fields


def all_of(fields, number):
    return [value for n, value in fields if n == number]


def bits_of(text):
    return np.uint32(int(text, 16)).view(f32)


def murmur(seed, data):
    """MurmurHash3 x86_32."""
    def turn(x, by):
        return (x << by | x >> (32 - by)) & 0xffffffff

    def block(word):
        return turn(word * 0xcc9e2d51 & 0xffffffff, 15) * 0x1b873593 & 0xffffffff

    state, whole = seed, len(data) - len(data) % 4
    for at in range(0, whole, 4):
        state = turn(state ^ block(int.from_bytes(data[at:at + 4], "little")), 13) * 5 + 0xe6546b64 & 0xffffffff
    if whole < len(data):
        state ^= block(int.from_bytes(data[whole:], "little"))
    state ^= len(data)
    state = (state ^ state >> 16) * 0x85ebca6b & 0xffffffff
    state = (state ^ state >> 13) * 0xc2b2ae35 & 0xffffffff
    return state ^ state >> 16


def log1p(x):
    u = f32(1) + x
    lost = f32(1) - (u - x) if u >= 2 else x - (u - f32(1))
    c = lost / u
    b = (int(u.view(np.uint32)) - 0x3f3504f3) & 0xffffffff
    k = f32(b >> 23)
    f = np.uint32((b & 0x007fffff) + 0x3f3504f3).view(f32) - f32(1)
    if x < f32(0.4142):
        f, c = x, f32(0)
    s = f / (f32(2) + f)
    z, q = s * s, (f32(0.5) * f) * f
    r = f32(2 / 11)
    for coefficient in (2 / 9, 2 / 7, 2 / 5, 2 / 3):
        r = f32(coefficient) + z * r
    r = z * r
    t = s * (q + r) + (k * f32(9.0580006e-6) + c)
    return k * f32(0.69313812) - ((q - t) - f)


class Model:
    def __init__(self, path):
        model = wire(open(path, "rb").read())
        properties = {}
        for one in all_of(model, 14):
            pair = dict(wire(one))
            properties[pair[1].decode()] = pair[2].decode()
        self.tensor = {}
        for one in all_of(wire(all_of(model, 7)[0]), 5):
            fields = wire(one)
            if all_of(fields, 2) == [10]:  # FLOAT16
                values = np.frombuffer(all_of(fields, 9)[0], "<f2").astype(f32)
                self.tensor[all_of(fields, 8)[0].decode()] = values.reshape(all_of(fields, 1))
        self.read_schema(properties)

    def read_schema(self, properties):
        lines = [line.split(" ") for line in properties["twotower.schema"].splitlines()]
        assert lines[0] == ["twotower-schema", "2"]
        self.mlp, self.seed = lines[1] == ["recipe", "mlp"], int(lines[2][2], 16)
        self.fields = [line[1:3] for line in lines if line[0] == "field"]
        self.numbers = {tower: [(line[1], line[2], bits_of(line[3]), bits_of(line[4]))
                                for line in lines if line[0] == tower] for tower in ("user", "item")}
        self.buckets, first = {}, 0
        for line in lines:
            if line[0] == "buckets":
                self.buckets[line[1]] = first, int(line[2])
                first += int(line[2])
        ids, tokens = (properties.get(f"twotower.{kind}_keys", "") for kind in ("id", "token"))
        self.ids = {ids[at:at + 16]: (at // 17, ids[at + 16] == "1") for at in range(0, len(ids), 17)}
        self.tokens = {tokens[at:at + 16]: len(self.ids) + at // 16 for at in range(0, len(tokens), 16)}

    def row(self, tower, field, space, token):
        data = space.encode() + b"\x1f" + token.encode()
        upper, lower = murmur(self.seed, data), murmur(self.seed, b"\x1f" + data)
        if self.mlp:
            first, count = self.buckets[space]
            return first + upper % count
        key = f"{upper:08x}{lower:08x}"
        if field != "id":
            return self.tokens.get(key)
        row, liked = self.ids.get(key, (None, False))
        return row if liked or tower == "user" else None

    def number(self, tower, given):
        out = []
        for source, form, mean, deviation in self.numbers[tower]:
            x, feature = given.get(source), f32(0)
            missing = x is None or not np.isfinite(x) or (form == "log1p" and x < 0)
            if not missing and form != "missing":
                z = ((log1p(x) if form == "log1p" else x) - mean) / deviation
                feature = z * z if form == "square" else z
                missing = not np.isfinite(feature)
            if form == "missing":
                feature = f32(1) if missing else f32(0)
            out.append(f32(0) if missing and form != "missing" else feature)
        return out

    def embed(self, tower, bags, items, given):
        """bags: [{row: integer weight}], items: how many each was given."""
        numbers, prefix = self.number(tower, given), tower + "_"
        entries = []
        for bag, many in zip(bags, items):
            scale = f32(1) / np.sqrt(f32(many)) if tower == "user" and many else f32(1)
            entries.append([(row, (f32(bag[row]) * f32(2.0 ** -24)) * scale if tower == "user"
                             else f32(bag[row]) * f32(2.0 ** -24)) for row in sorted(bag)])
        if self.mlp:
            first = self.tensor[prefix + "first_w"]
            own = first.shape[0] - len(numbers)
            row = entries[0] + [(own + i, x) for i, x in enumerate(numbers)]
            hidden = self.layer(row, first, self.tensor[prefix + "first_b"])
            last = self.dense(np.maximum(hidden, f32(0)), prefix + "second")
        else:
            table = self.tensor["table"]
            z = np.concatenate([self.sum(bag, table) for bag in entries] + [np.array(numbers, f32)])
            hidden = self.dense(np.maximum(self.dense(z, prefix + "first"), f32(0)), prefix + "second")
            last = self.dense(z, prefix + "skip") + hidden
        lane = np.zeros(8, f32)
        for at, y in enumerate(last):
            lane[at % 8] += y * y
        square = ((lane[0] + lane[4]) + (lane[2] + lane[6])) + ((lane[1] + lane[5]) + (lane[3] + lane[7]))
        return last / np.sqrt(square)

    @staticmethod
    def sum(entries, matrix):
        total = np.zeros(matrix.shape[1], f32)
        for row, weight in entries:
            if weight != 0:
                total = total + weight * matrix[row]
        return total

    def layer(self, entries, weight, bias):
        return self.sum(entries, weight) + bias

    def dense(self, x, name):
        return self.layer(enumerate(x), self.tensor[name + "_w"], self.tensor[name + "_b"])


def weight_of(n):
    """2^24 / sqrt(n), rounded to the nearest integer: no root is halfway between two."""
    low = math.isqrt(2 ** 50 // n)  # of twice that number
    return (low + 1) // 2


def tokens_of(field, space, tokens):
    if field != "product_released_at":
        return [t for t in tokens if t]
    date = tokens[0]
    good = date[:4].isascii() and date[:4].isdigit() and len(date) >= 4 and date[4:5] in ("", "-")
    return [] if not good else [date[:4] if space == "year" else f"{int(date[:4]) // 5 * 5:04d}"]


def digest(folder, name):
    model, whole = Model(f"{folder}/{name}"), hashlib.sha256()
    tower = bags = None

    def end():
        if tower:
            whole.update(model.embed(tower, bags, items, given).astype("<f4").tobytes())

    for line in open(f"{folder}/rows.txt", encoding="ascii"):
        word = line.split()
        if word[0] in ("user", "item"):
            end()
            tower, given, at = word[0], {}, 0
            bags, items = [{} for _ in range(3 if tower == "user" else 1)], [0] * 3
        elif word[0] == "number":
            given[word[1]] = bits_of(word[2])
        elif word[0] != "list":
            at = ("liked", "neutral", "disliked").index(word[0])
            items[at] += 1
        elif not (model.mlp and at > 0):
            if tower == "item" and word[1] == "product_released_at":
                for year in tokens_of(word[1], "year", word[2:]):
                    given["release_year"] = f32(int(year))
            for field, space in model.fields:
                if field == word[1]:
                    rows = {model.row(tower, field, space, t) for t in tokens_of(field, space, word[2:])} - {None}
                    for row in rows:
                        bags[at][row] = bags[at].get(row, 0) + weight_of(len(rows))
    end()
    return whole.hexdigest()


tests = 0
for folder in sys.argv[1:]:
    for line in open(f"{folder}/digests", encoding="ascii"):
        tests, (wanted, name) = tests + 1, line.split()
        found = digest(folder, name)
        print(f"{'ok' if found == wanted else 'not ok'} {tests} - {folder}/{name}: {found}")
print(f"1..{tests}")
