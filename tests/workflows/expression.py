# SPDX-License-Identifier: MIT
"""The expressions of GitHub Actions, as far as the workflows use them: contexts, literals, ! && || ==
!= and parentheses, always(), success(), failure(), hashFiles()."""
import re

TOKEN = re.compile(
    r"\s*(?:('(?:[^']|'')*')|(\d+(?:\.\d+)?)|(&&|\|\||==|!=|[!(),])|([A-Za-z_][\w-]*(?:\.[A-Za-z_][\w-]*)*))"
)
STATUS = re.compile(r"\b(always|success|failure|cancelled)\s*\(")


def tokens(text):
    at, found = 0, []
    while text[at:].strip():
        match = TOKEN.match(text, at)
        if not match:
            raise ValueError(f"not understood: {text[at:]}")
        found.append(match.groups())
        at = match.end()
    return found


def number(value):
    if value is None or value == "":
        return 0.0
    try:
        return float(value)
    except ValueError:
        return float("nan")


def equal(a, b):
    if isinstance(a, str) and isinstance(b, str):
        return a.lower() == b.lower()
    if type(a) is type(b):
        return a == b
    return number(a) == number(b)


def text_of(value):
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return f"{value:g}"
    return "" if value is None else str(value)


class Parser:
    """Evaluates while it parses; nothing here has effects, so what && and || pass over is harmless."""

    def __init__(self, text, contexts, functions):
        self.left, self.contexts, self.functions = tokens(text), contexts, functions

    def take(self, *operators):
        if self.left and self.left[0][2] in operators:
            return self.left.pop(0)[2]
        return None

    def whole(self):
        value = self.either()
        if self.left:
            raise ValueError(f"unexpected: {self.left[0]}")
        return value

    def either(self):
        value = self.both()
        while self.take("||"):
            other = self.both()
            value = value or other
        return value

    def both(self):
        value = self.compared()
        while self.take("&&"):
            other = self.compared()
            value = value and other
        return value

    def compared(self):
        value = self.one()
        while operator := self.take("==", "!="):
            value = equal(value, self.one()) == (operator == "==")
        return value

    def one(self):
        if self.take("!"):
            return not self.one()
        if self.take("("):
            value = self.either()
            if not self.take(")"):
                raise ValueError("a ) is expected")
            return value
        literal, digits, _, name = self.left.pop(0)
        if literal is not None:
            return literal[1:-1].replace("''", "'")
        if digits is not None:
            return float(digits)
        if name in ("true", "false", "null"):
            return {"true": True, "false": False, "null": None}[name]
        return self.call(name) if self.take("(") else self.context(name)

    def call(self, name):
        given = []
        while not self.take(")"):
            given.append(self.either())
            self.take(",")
        return self.functions[name](*given)

    def context(self, name):
        first, *members = name.split(".")
        value = self.contexts[first]
        for member in members:
            value = value.get(member) if isinstance(value, dict) else None
        return value


def evaluate(text, contexts, functions):
    return Parser(text, contexts, functions).whole()


def condition(text, contexts, functions):
    """An `if:`; one that asks for no status means success."""
    text = str(text).strip()
    if text.startswith("${{"):
        text = text[3:-2]
    value = evaluate(text, contexts, functions)
    return bool(value) if STATUS.search(text) else functions["success"]() and bool(value)


def fill(text, contexts, functions):
    """Text with ${{ }} in it."""
    if not isinstance(text, str):
        return text_of(text)
    return re.sub(r"\$\{\{(.*?)\}\}", lambda m: text_of(evaluate(m[1], contexts, functions)), text, flags=re.S)
