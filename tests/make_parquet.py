#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Parquet files with users in types that other programs write: make_parquet.py FOLDER.

Columns user_id, video_id and stars, one row group, one page a column, by the format's own encoding."""
import struct
import sys
import zlib

NONE, GZIP = 0, 2
INT32, INT64, DOUBLE, BYTES, FIXED = 1, 2, 5, 6, 7


def varint(number):
    out = b""
    while number > 127:
        out += bytes([number & 127 | 128])
        number >>= 7
    return out + bytes([number])


def zigzag(number):
    return varint(number << 1 if number >= 0 else (-number << 1) - 1)


def thrift(fields):
    """A struct of (number, kind, value) in the compact protocol."""
    out, last = b"", 0
    for number, kind, value in fields:
        out += bytes([number - last << 4 | kind]) + value
        last = number
    return out + b"\0"


def text(value):
    return varint(len(value)) + value.encode()


def listed(kind, items):
    return bytes([len(items) << 4 | kind]) + b"".join(items)


def page_of(count, size, data):
    values = thrift([(1, 5, zigzag(count)), (2, 5, zigzag(0)), (3, 5, zigzag(3)), (4, 5, zigzag(3))])
    return thrift([(1, 5, zigzag(0)), (2, 5, zigzag(size)), (3, 5, zigzag(len(data))), (5, 12, values)]) + data


def write(path, count, columns, codec=NONE):
    """columns: (name, physical type, more fields of its schema, size before compression, data)."""
    file, chunks, schema = b"PAR1", [], [thrift([(4, 8, text("root")), (5, 5, zigzag(len(columns)))])]
    for name, kind, more, size, data in columns:
        schema.append(thrift(sorted([(1, 5, zigzag(kind)), (3, 5, zigzag(0)), (4, 8, text(name))] + more)))
        page = page_of(count, size, data)
        meta = thrift([(1, 5, zigzag(kind)), (2, 9, listed(5, [zigzag(0)])), (3, 9, listed(8, [text(name)])),
                       (4, 5, zigzag(codec)), (5, 6, zigzag(count)), (6, 6, zigzag(len(page) - len(data) + size)),
                       (7, 6, zigzag(len(page))), (9, 6, zigzag(len(file)))])
        chunks.append(thrift([(2, 6, zigzag(len(file))), (3, 12, meta)]))
        file += page
    group = thrift([(1, 9, listed(12, chunks)), (2, 6, zigzag(len(file))), (3, 6, zigzag(count))])
    footer = thrift([(1, 5, zigzag(1)), (2, 9, listed(12, schema)), (3, 6, zigzag(count)), (4, 9, listed(12, [group]))])
    with open(path, "wb") as out:
        out.write(file + footer + struct.pack("<I", len(footer)) + b"PAR1")


def four(path, kind, more, users):
    """Four rows; `users` are the bytes of their column."""
    videos = b"".join(struct.pack("<I", 1) + video for video in (b"a", b"b", b"a", b"b"))
    stars = struct.pack("<4i", 5, 1, 5, 1)
    write(path, 4, [("user_id", kind, more, len(users), users),
                    ("video_id", BYTES, [(6, 5, zigzag(0))], len(videos), videos),
                    ("stars", INT32, [], len(stars), stars)])


def main(folder):
    big = [123456789012345671, 123456789012345672] * 2
    decimal = [(6, 5, zigzag(5)), (7, 5, zigzag(0)), (8, 5, zigzag(18))]
    four(f"{folder}/decimal.parquet", INT64, decimal, struct.pack("<4q", *big))
    four(f"{folder}/fixed.parquet", FIXED, [(2, 5, zigzag(9))] + decimal,
         b"".join(number.to_bytes(9, "big", signed=True) for number in big))
    high = [2**64 - 1, 2**64 - 2] * 2
    four(f"{folder}/unsigned.parquet", INT64, [(6, 5, zigzag(14))], struct.pack("<4Q", *high))
    four(f"{folder}/double.parquet", DOUBLE, [], struct.pack("<4d", 7, 1e15, float("nan"), 7))
    four(f"{folder}/inexact.parquet", DOUBLE, [], struct.pack("<4d", *big))
    four(f"{folder}/time.parquet", INT64, [(6, 5, zigzag(8))], struct.pack("<4q", *big))
    four(f"{folder}/binary.parquet", BYTES, [], b"\2\0\0\0\xff\xfe" * 4)
    count = 8 << 20  # rows of zeros, in a small file: users and videos are empty texts
    zeros = zlib.compress(bytes(4 * count), 1)
    write(f"{folder}/packed.parquet", count,
          [(name, kind, [], 4 * count, zeros) for name, kind in
           (("user_id", BYTES), ("video_id", BYTES), ("stars", INT32))], GZIP)


main(sys.argv[1])
