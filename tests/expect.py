#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The assertions of the shell tests. What does not hold is printed with both sides, and the exit
status is 1; 2 says that the check itself is wrong.

    expect json FILE CHECK...           over a document: `d`, and its members by their names
    expect rows FILE CHECK...           over `rows`, a list of objects; a number is how many there are
    expect that NAME=FILE... CHECK...   over the contents of several files, each by its name
    expect equal WANTED GOT             two texts
    expect close WANTED GOT --within X  two numbers
    expect same FILE FILE COLUMN...     the same rows in the same order, in these columns
    expect text FILE PATTERN...         each regular expression is found on a line
    expect files DIR NAME...            each is a file, not empty and no link
    expect value FILE EXPRESSION        prints the value of an expression, as `expect json` names things

A CHECK is an expression of Python, such as `counts.rows_read > 5000` or `all(r.label == 1 for r in
rows)`; `increasing(values)`, `unique(values)` and
`hmac_sha256(key, text)` are there too. Parts joined by `and` are checked one
by one, and `name = EXPRESSION` names a value for the checks after it. FILE is read as its
name ends: .json, .jsonl, .csv (texts), .parquet (by
$BUILD/tests/parquet_dump); any other is text. In a JSON file `d.x.y` is d["x"]["y"]; names that are
no words, and methods of a dictionary, need the brackets.
"""
import ast
import json
import os
import re
import sys

SHOWN = 600  # characters of a value


class Record(dict):
    def __getattr__(self, name):
        try:
            return self[name]
        except KeyError:
            raise AttributeError(f"no member {name!r}; there are: {', '.join(map(str, self))}") from None


def json_lines(text):
    return [json.loads(line, object_hook=Record) for line in text.splitlines()]


def read(path):
    """The content of a file, by how its name ends."""
    if path.endswith(".parquet"):
        dump = os.path.join(os.environ["root"], os.environ.get("BUILD", "build"), "tests", "parquet_dump")
        import subprocess  # here and below: most checks do without, and start in half the time

        return json_lines(subprocess.run([dump, path], capture_output=True, text=True, check=True).stdout)
    with open(path, newline="", encoding="utf-8") as file:
        if path.endswith(".csv"):
            import csv

            return [Record(row) for row in csv.DictReader(file)]
        text = file.read()
    if path.endswith(".jsonl"):
        return json_lines(text)
    return json.loads(text, object_hook=Record) if path.endswith(".json") else text


def show(value):
    text = value if isinstance(value, str) and "\n" in value else repr(value)
    return text if len(text) <= SHOWN else f"{text[:SHOWN]}... ({len(text)} characters)"


def increasing(values):
    values = list(values)
    return values == sorted(values)


def unique(values):
    values = list(values)
    return len(values) == len(set(values))


def hmac_sha256(key, text):
    import hmac

    return hmac.new(key.encode(), text.encode(), "sha256").hexdigest()


class Checks:
    """Evaluates checks over names, and remembers whether all hold."""

    def __init__(self, names):
        self.names = {"increasing": increasing, "unique": unique, "hmac_sha256": hmac_sha256, **names}
        self.failed = False

    def value(self, node):
        return eval(compile(ast.Expression(node), "check", "eval"), self.names)

    def sides(self, node):
        """The text and the value of each side of a comparison, or of the whole."""
        parts = [node.left, *node.comparators] if isinstance(node, ast.Compare) else [node]
        for part in parts:
            if not isinstance(part, ast.Constant):
                print(f"    {ast.unparse(part)} is {show(self.value(part))}")

    def check(self, text):
        named = re.match(r"([a-z_]\w*) = ", text)
        if named:
            value = self.value(ast.parse(text[named.end() :], mode="eval").body)
            self.names[named[1]] = Record(value) if type(value) is dict else value
            return
        self.node(ast.parse(text.strip(), mode="eval").body)

    def node(self, node):
        if isinstance(node, ast.BoolOp) and isinstance(node.op, ast.And):
            for part in node.values:
                self.node(part)
            return
        try:
            held = self.value(node)
        except Exception as error:  # a missing member, for one, is an answer too
            print(f"wanted: {ast.unparse(node)}\n    {type(error).__name__}: {error}")
            self.failed = True
            return
        if not held:
            print(f"wanted: {ast.unparse(node)}")
            self.sides(node)
            self.failed = True


def holds(names, texts):
    checks = Checks(names)
    for text in texts:
        checks.check(text)
    return not checks.failed and bool(texts)


def names_of(document):
    words = document if isinstance(document, dict) else {}
    return {**{key: value for key, value in words.items() if key.isidentifier()}, "d": document}


def expect_json(path, *checks):
    return holds(names_of(read(path)), checks)


def expect_rows(path, *checks):
    return holds({"rows": read(path)}, [f"len(rows) == {text}" if text.isdigit() else text for text in checks])


def expect_that(*arguments):
    files = [one.split("=", 1) for one in arguments if re.match(r"[a-z_]\w*=[^=]", one)]
    return holds({name: read(path) for name, path in files}, arguments[len(files) :])


def expect_equal(wanted, got):
    if wanted != got:
        print(f"wanted: {show(wanted)}\ngot:    {show(got)}")
    return wanted == got


def expect_close(wanted, got, _, within):
    far = abs(float(wanted) - float(got))
    if far <= float(within):
        return True
    print(f"wanted: {wanted} within {within}\ngot:    {got}, {far:g} away")
    return False


def expect_same(first, second, *columns):
    one, other = ([[row.get(column) for column in columns] for row in read(path)] for path in (first, second))
    if one == other and one and columns:
        return True
    print(f"{first}: {len(one)} rows\n{second}: {len(other)} rows")
    for at, (left, right) in enumerate(zip(one, other)):
        if left != right:
            print(f"row {at + 1}\n    {first}: {show(left)}\n    {second}: {show(right)}")
            break
    return False


def expect_text(path, *patterns):
    text = read(path) if not path.endswith((".json", ".jsonl", ".csv")) else open(path, encoding="utf-8").read()
    missing = [pattern for pattern in patterns if not re.search(pattern, text, re.M)]
    for pattern in missing:
        print(f"wanted a line: {pattern}")
    if missing:
        print(f"got {path}:\n{show(text)}")
    return not missing and bool(patterns)


def expect_files(folder, *names):
    whole = True
    for name in names:
        path = os.path.join(folder, name)
        if not os.path.isfile(path) or os.path.islink(path) or os.path.getsize(path) == 0:
            there = ", ".join(sorted(os.listdir(folder))) if os.path.isdir(folder) else "no folder"
            print(f"wanted: a file {name}\ngot in {folder}: {there}")
            whole = False
    return whole and bool(names)


def expect_value(path, expression):
    print(Checks(names_of(read(path))).value(ast.parse(expression, mode="eval").body))
    return True


def main():
    known = {name[7:]: function for name, function in globals().items() if name.startswith("expect_")}
    if len(sys.argv) < 3 or sys.argv[1] not in known:
        print(__doc__)
        sys.exit(2)
    try:
        sys.exit(0 if known[sys.argv[1]](*sys.argv[2:]) else 1)
    except Exception as error:
        print(f"expect {' '.join(sys.argv[1:3])}: {type(error).__name__}: {error}")
        sys.exit(2)


if __name__ == "__main__":
    main()
