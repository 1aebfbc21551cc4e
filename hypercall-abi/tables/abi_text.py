# SPDX-License-Identifier: MIT
"""Reads the headers and tables of hypercall-abi/.

The reference page and tests/abi are made from what this finds, so it is strict: anything in a
header that it does not understand is an error, never something to skip.
"""

import os
import re
from dataclasses import dataclass, field

SCALAR_BYTES = {
    "char": 1, "unsigned char": 1,
    "int8_t": 1, "int16_t": 2, "int32_t": 4, "int64_t": 8,
    "uint8_t": 1, "uint16_t": 2, "uint32_t": 4, "uint64_t": 8,
    "pointer": 8,
}
TOKEN = re.compile(r"""
    (?P<space>\s+)
  | (?P<comment>/\*.*?\*/)
  | (?P<directive>\#(?:[^\n/]|\\\n|/(?!\*))*(?:/\*.*?\*/[ \t]*)*)
  | (?P<string>"(?:[^"\\]|\\.)*")
  | (?P<word>[A-Za-z_]\w*|\d\w*)
  | (?P<mark><<|>>|<=|>=|==|!=|->|&&|\|\||[-+*/%&|^~!<>=?:;,.(){}\[\]])
""", re.VERBOSE | re.DOTALL)


class AbiError(Exception):
    """Something in hypercall-abi/ that this reader does not understand."""


@dataclass
class Constant:
    """An object-like macro, or an enumerator."""
    name: str
    body: str
    header: str


@dataclass
class Member:
    """A field. `type` is the name of a type, or a Record defined in place."""
    name: str
    type: object
    dimensions: list
    points_to: str = ""
    comment: str = ""


@dataclass
class Record:
    """A struct or union. `members` have offsets only after Headers.layout()."""
    kind: str
    name: str
    header: str
    members: list = field(default_factory=list)
    is_packed: bool = False
    comment: str = ""


@dataclass
class Typedef:
    name: str
    type: str
    dimensions: list
    header: str


class Tokens:
    """The tokens of one header; comments stay with the declaration they follow."""

    def __init__(self, text, where):
        self.where = where
        self.list = []
        at = 0
        while at < len(text):
            match = TOKEN.match(text, at)
            if not match:
                raise AbiError(f"{where}: cannot read {text[at:at + 40]!r}")
            if match.lastgroup != "space":
                line = text.count("\n", 0, at)
                self.list.append((match.lastgroup, match.group(), line))
            at = match.end()
        self.at = 0

    def peek(self, ahead=0):
        place = self.at + ahead
        return self.list[place] if place < len(self.list) else ("end", "", 0)

    def next(self):
        token = self.peek()
        self.at += 1
        return token

    def skip_comments(self):
        last = ""
        while self.peek()[0] == "comment":
            last = plain_comment(self.next()[1])
        return last

    def take(self, text):
        self.skip_comments()
        kind, found, line = self.next()
        if found != text:
            raise AbiError(f"{self.where}:{line + 1}: expected {text!r}, found {found or kind!r}")

    def take_word(self):
        self.skip_comments()
        kind, found, line = self.next()
        if kind != "word":
            raise AbiError(f"{self.where}:{line + 1}: expected a name, found {found!r}")
        return found

    def until(self, stop):
        """The text of the tokens before `stop`, at this level of brackets; stop is taken."""
        parts, depth = [], 0
        while True:
            kind, text, line = self.next()
            if kind == "end":
                raise AbiError(f"{self.where}:{line + 1}: {stop!r} is missing")
            if depth == 0 and text == stop:
                return " ".join(parts)
            depth += (text in "([{") - (text in ")]}")
            if kind != "comment":
                parts.append(text)

    def comment_on_line(self, line):
        """A comment that begins on this line, which is where the last declaration ended."""
        kind, text, at = self.peek()
        if kind == "comment" and at == line:
            self.at += 1
            return plain_comment(text)
        return ""


def plain_comment(text):
    lines = [line.strip().lstrip("*").strip() for line in text[2:-2].split("\n")]
    return " ".join(line for line in lines if line)


class Headers:
    """All that the headers below `root`/hypercall-abi define."""

    def __init__(self, root):
        self.constants = {}
        self.functions = []
        self.macros = []
        self.records = {}
        self.typedefs = {}
        self.headers = []
        self.sizes = {}
        for path in find_headers(root):
            self.headers.append(path)
            with open(os.path.join(root, path), encoding="utf-8") as file:
                self.read(Tokens(file.read(), path), path)

    # ---- reading ----

    def read(self, tokens, header):
        about = ""
        while tokens.peek()[0] != "end":
            kind, text, line = tokens.peek()
            if kind == "comment":
                about = plain_comment(tokens.next()[1])
                continue
            if kind == "directive":
                tokens.next()
                self.read_directive(text, header)
            elif text == "typedef":
                tokens.next()
                self.read_typedef(tokens, header)
            elif text in ("struct", "union"):
                self.read_record(tokens, header, about)
            elif text == "enum":
                self.read_enum(tokens, header)
            elif text == "_Static_assert":
                tokens.until(";")
            elif text == "static":
                self.read_function(tokens)
            else:
                raise AbiError(f"{header}:{line + 1}: what is {text!r}?")
            about = ""

    def read_directive(self, text, header):
        text = re.sub(r"/\*.*?\*/", "", text, flags=re.DOTALL).strip()
        match = re.fullmatch(r"#\s*define\s+(\w+)(\([^)]*\))?\s*(.*)", text, re.DOTALL)
        if match:
            name, arguments, body = match.groups()
            if name.startswith("PARAPET_HYPERCALL_ABI_") and not body:
                return
            if arguments:
                self.macros.append(name)
            else:
                self.add_constant(name, " ".join(body.split()), header)
        elif not re.match(r"#\s*(ifndef|ifdef|endif|include)\b", text):
            raise AbiError(f"{header}: what is {text!r}?")

    def add_constant(self, name, body, header):
        if name in self.constants:
            raise AbiError(f"{header}: {name} is defined twice")
        self.constants[name] = Constant(name, body, header)

    def read_typedef(self, tokens, header):
        words = tokens.until(";").replace("[", " [ ").replace("]", " ] ").split()
        dimensions = []
        if words[-1] == "]":
            dimensions = [" ".join(words[words.index("[") + 1:-1])]
            words = words[:words.index("[")]
        name = words[-1]
        self.typedefs[name] = Typedef(name, " ".join(words[:-1]), dimensions, header)

    def read_function(self, tokens):
        head = tokens.until("(").split()
        tokens.until(")")
        tokens.take("{")
        tokens.until("}")
        self.functions.append(head[-1])

    def read_enum(self, tokens, header):
        tokens.take("enum")
        tokens.take_word()
        tokens.take("{")
        for entry in tokens.until("}").split(","):
            if not entry.strip():
                continue
            name, equals, value = entry.partition("=")
            if not equals:
                raise AbiError(f"{header}: give {name.strip()} its number")
            self.add_constant(name.strip(), value.strip(), header)
        tokens.take(";")

    def read_record(self, tokens, header, about):
        record = self.read_body(tokens, header)
        record.comment = about
        while tokens.peek()[1] == "__attribute__":
            tokens.next()
            tokens.take("(")
            if tokens.until(")") != "( packed )":
                raise AbiError(f"{header}: unknown attribute of {record.name}")
            record.is_packed = True
        tokens.take(";")
        if record.name in self.records:
            raise AbiError(f"{header}: {record.name} is defined twice")
        self.records[record.name] = record

    def read_body(self, tokens, header):
        """struct NAME { ... }, up to the closing brace."""
        kind = tokens.take_word()
        name = tokens.take_word() if tokens.peek()[0] == "word" else ""
        record = Record(kind, name, header)
        tokens.take("{")
        while True:
            tokens.skip_comments()
            if tokens.peek()[1] == "}":
                tokens.next()
                return record
            record.members.append(self.read_member(tokens, header))

    def read_member(self, tokens, header):
        points_to = ""
        if tokens.peek()[1] in ("struct", "union") and "{" in (tokens.peek(1)[1],
                                                                tokens.peek(2)[1]):
            type_ = self.read_body(tokens, header)
        else:
            type_ = tokens.take_word()
            if type_ in ("struct", "union", "unsigned"):
                type_ += " " + tokens.take_word()
            elif type_ == "GUEST_HANDLE":
                tokens.take("(")
                points_to, type_ = tokens.until(")"), "uint64_t"
            if tokens.peek()[1] == "*":
                tokens.next()
                points_to, type_ = type_, "pointer"
        name = tokens.take_word() if tokens.peek()[0] == "word" else ""
        dimensions = []
        while tokens.peek()[1] == "[":
            tokens.next()
            dimensions.append(tokens.until("]"))
        tokens.take(";")
        line = tokens.peek(-1)[2]
        return Member(name, type_, dimensions, points_to, tokens.comment_on_line(line))

    # ---- evaluating ----

    def is_text(self, name):
        """Is this constant a string?"""
        body = self.constants[name].body
        return '"' in body or any(word in self.constants and self.is_text(word)
                                  for word in re.findall(r"[A-Za-z_]\w*", body))

    def value(self, expression):
        """The number that a constant expression stands for."""
        def number(match):
            word = match.group()
            if word in self.constants:
                return f"({self.value(self.constants[word].body)})"
            digits = re.fullmatch(r"(0x[0-9a-fA-F]+|\d+)[uUlL]*", word)
            if not digits:
                raise AbiError(f"cannot evaluate {expression!r}")
            return str(int(digits.group(1), 0))
        text = re.sub(r"[A-Za-z_0-9]\w*", number, expression)
        if not re.fullmatch(r"[-+*/()<>&|~ 0-9]+", text):
            raise AbiError(f"cannot evaluate {expression!r}")
        return eval(text.replace("/", "//"), {"__builtins__": {}})  # digits and operators only

    def record_of(self, type_):
        """The Record behind a member's type, or None."""
        if isinstance(type_, Record):
            return type_
        kind, _, name = type_.partition(" ")
        return self.records[name] if kind in ("struct", "union") else None

    def bytes_of(self, type_):
        """(size, alignment) of a type."""
        record = self.record_of(type_)
        if record:
            return self.layout(record)[:2]
        if type_ in SCALAR_BYTES:
            return SCALAR_BYTES[type_], SCALAR_BYTES[type_]
        if type_ in self.typedefs:
            alias = self.typedefs[type_]
            size, alignment = self.bytes_of(alias.type)
            for dimension in alias.dimensions:
                size *= self.value(dimension)
            return size, alignment
        raise AbiError(f"unknown type {type_!r}")

    def layout(self, record):
        """(size, alignment, [(member, offset, size)]) of a record; a flexible array has size 0."""
        at, end, alignment, places = 0, 0, 1, []
        for member in record.members:
            size, align = self.bytes_of(member.type)
            align = 1 if record.is_packed else align
            for dimension in member.dimensions:
                size *= self.value(dimension) if dimension else 0
            offset = 0 if record.kind == "union" else (at + align - 1) // align * align
            places.append((member, offset, size))
            at, end = offset + size, max(end, offset + size)
            alignment = max(alignment, align)
        return (end + alignment - 1) // alignment * alignment, alignment, places

    def fields(self, record, base=0, path=""):
        """(path, member, offset, size) of all fields; those of records defined in place follow."""
        for member, offset, size in self.layout(record)[2]:
            inner = path + member.name
            if member.name:
                yield inner, member, base + offset, size
            if isinstance(member.type, Record):
                prefix = f"{inner}." if member.name else path
                yield from self.fields(member.type, base + offset, prefix)


def find_headers(root):
    found = []
    for folder, _, files in os.walk(os.path.join(root, "hypercall-abi")):
        found += [os.path.relpath(os.path.join(folder, name), root)
                  for name in files if name.endswith(".h")]
    return sorted(found)


# ---- tables ----

ROW = re.compile(r'^(HYPERCALL|ARGUMENT|ASSIST|OP|XENSTORE_ERROR)\((.*?)(?:, +"([^"]*)")?\)$')


@dataclass
class Row:
    """A row of a table: the arguments of its macro; the summary is the last, if it is text."""
    macro: str
    cells: list
    summary: str
    line: str


def read_table(root, name):
    """The rows of tables/<name>.def. Every line but the comments must be a row."""
    path = os.path.join(root, "hypercall-abi", "tables", name + ".def")
    with open(path, encoding="utf-8") as file:
        text = re.sub(r"/\*.*?\*/", "", file.read(), flags=re.DOTALL)
    rows = []
    for line in text.split("\n"):
        if not line:
            continue
        match = ROW.match(line)
        if not match:
            raise AbiError(f"{name}.def: not a row: {line}")
        cells = [cell.strip() for cell in match.group(2).split(",")]
        rows.append(Row(match.group(1), cells, match.group(3) or "", line))
    return rows


def operations_table(hypercall):
    """The table with the sub-operations of a hypercall whose flow is OPS."""
    return re.sub(r"_op$", "", hypercall) + "_ops"
