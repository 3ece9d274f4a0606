# SPDX-License-Identifier: MIT
"""twotower in Python: the inference core through libtwotower.so, arrays of numpy in and out.

    import twotower
    model = twotower.Model("two_tower_latest.onnx")
    videos = model.encode("item", [{"id": "v1", "tags": ["comedy"], "maker": "Pixar",
                                    "product_released_at": "1995-11-22"}])
    vectors = model.embed(videos)                      # float32 [1, dim], unit length
    hits, scores = twotower.topk(vectors, vectors[0], 20)

A row of a user is {"liked": [item, ...], "neutral": [...], "disliked": [...],
"numerics": {"mean_stars": 4.2, ...}}; one of an item has its fields, and its raw numbers
under "numerics".  Names that are none of the model's are ignored and counted in Features.counts, as tokens are that the
model does not know; strict=True refuses them.  A value of another type is refused.  The bits are those of every other
port.  TWOTOWER_LIBRARY names the library where the system does not find it.
"""
import ctypes
import itertools
import mmap
import numbers
import os
from ctypes import POINTER, byref, c_char_p, c_float, c_int, c_size_t, c_uint32, c_uint64, c_void_p

import numpy

__all__ = ["Error", "Features", "Model", "dot", "hash", "topk"]

_BAGS = ("liked", "neutral", "disliked")
_TOWERS = {"user": 0, "item": 1}
_F16, _F32 = 10, 1
_MET = ("tokens_known", "tokens_unknown", "fields_unknown")
# What rows of the database functions have beside the fields: a model that does not take it is no mistake.
_BESIDE = {"title", "as_of"}, {"user_id", "as_of"}  # of a video, of a user
_NUMBERS = frozenset("""like_ratio dislike_ratio mean_stars review_count like_count dislike_count like_count_30d
    positive_ratio_30d signup_days account_age_days days_since_last_like hour_sin hour_cos price_mean price_median
    price duration_seconds release_day""".split())


class _Text(ctypes.Structure):
    _fields_ = [("at", c_char_p), ("len", c_size_t)]


class _Error(ctypes.Structure):
    _fields_ = [("status", c_int), ("offset", c_size_t), ("node", c_uint32)]


class _Embedder(ctypes.Structure):
    _fields_ = [("model", c_void_p), ("kernels", c_void_p), ("tower", c_int), ("scratch", c_void_p),
                ("scratch_size", c_size_t)]


class _Rows(ctypes.Structure):
    _fields_ = [("data", c_void_p), ("count", c_size_t), ("dim", c_uint32), ("type", c_int)]


_HIT = numpy.dtype([("index", numpy.uint32), ("score", numpy.float32)])


def _load():
    names = [os.environ.get("TWOTOWER_LIBRARY"), os.path.join(os.path.dirname(__file__), "libtwotower.so.0"),
             "libtwotower.so.0"]
    for name in names[:-1]:
        if name and os.path.exists(name):
            return ctypes.CDLL(name)
    return ctypes.CDLL(names[-1])


def _declare(library):
    text, size, pointer, status = _Text, c_size_t, c_void_p, c_int
    table = {
        "tt_version": (c_char_p, []),
        "tt_status_text": (c_char_p, [c_int]),
        "tt_hash": (c_uint64, [c_uint32, text, text]),
        "tt_kernels_best": (pointer, []),
        "tt_kernels_c": (pointer, []),
        "tt_model_struct_size": (size, []),
        "tt_features_struct_size": (size, []),
        "tt_model_read_size": (size, []),
        "tt_model_read": (status, [pointer, pointer, size, pointer, size, POINTER(_Error)]),
        "tt_model_verify": (status, [pointer, POINTER(_Error)]),
        "tt_model_pack_size": (size, [pointer]),
        "tt_model_pack": (status, [pointer, pointer, size]),
        "tt_model_has": (c_int, [pointer, c_int]),
        "tt_model_dim": (c_uint32, [pointer]),
        "tt_model_features": (size, [pointer, c_int]),
        "tt_model_schema": (pointer, [pointer]),
        "tt_schema_field": (text, [pointer, c_uint32]),
        "tt_schema_number": (text, [pointer, c_int, c_uint32]),
        "tt_model_property": (text, [pointer, c_char_p]),
        "tt_features_size": (size, [size, size]),
        "tt_features_begin": (None, [pointer, pointer, c_int, pointer, size]),
        "tt_features_item": (status, [pointer, c_uint32]),
        "tt_features_list": (status, [pointer, c_char_p, pointer, size]),
        "tt_features_number": (None, [pointer, c_char_p, c_float]),
        "tt_features_met": (c_uint32, [pointer, c_int]),
        "tt_features_end": (None, [pointer]),
        "tt_features_digest": (c_uint64, [pointer, pointer, c_int]),
        "tt_scratch_size": (size, [pointer, c_int, size]),
        "tt_embed": (status, [POINTER(_Embedder), pointer, size, pointer, pointer]),
        "tt_embed_dense": (status, [POINTER(_Embedder), pointer, size, pointer, pointer]),
        "tt_topk": (size, [pointer, POINTER(_Rows), pointer, pointer, size, pointer, size]),
        "tt_dot": (c_float, [pointer, POINTER(_Rows), pointer, size]),
    }
    for name, (result, arguments) in table.items():
        function = getattr(library, name)
        function.restype, function.argtypes = result, arguments
    return library


_tt = _declare(_load())
__version__ = _tt.tt_version().decode()
_kernels = _tt.tt_kernels_best()


class Error(ValueError):
    """A refusal of the core: `status`, and where known `offset` (byte), `node` (of the graph), `row`."""

    def __init__(self, status, what, offset=None, node=None, row=None):
        where = [f"byte {offset}" if offset is not None else None,
                 f"node {node}" if node is not None else None, f"row {row}" if row is not None else None]
        sentence = ", ".join([what, *filter(None, where)]) + ": " + _tt.tt_status_text(status).decode()
        super().__init__(sentence)
        self.status, self.offset, self.node, self.row = status, offset, node, row


def _tower(name):
    try:
        return _TOWERS[name]
    except KeyError:
        raise ValueError(f"a tower is 'user' or 'item', not {name!r}") from None


def _string(text):
    """Text of the core, or None."""
    return ctypes.string_at(ctypes.cast(text.at, c_void_p), text.len).decode() if text.at else None


def _tokens(value, where):
    """The UTF-8 tokens of a field: a string is one, None is none."""
    tokens = [] if value is None else [value] if isinstance(value, str) else value
    if not isinstance(tokens, (list, tuple)) or not all(isinstance(one, (str, type(None))) for one in tokens):
        raise TypeError(f"{where}: a string or a list of strings is expected, not {value!r:.60}")
    return [token.encode() for token in tokens if token is not None]


def _typed(value, kind, expected, where):
    if not isinstance(value, kind):
        raise TypeError(f"{where}: {expected} is expected, not {value!r:.60}")
    return value


def _numerics(row, where):
    """Names and numbers, None as NaN."""
    given = _typed(row.get("numerics"), (dict, type(None)), "a dict of numbers", f"{where}, numerics") or {}
    for name, value in given.items():
        if value is not None and (isinstance(value, bool) or not isinstance(value, numbers.Real)):
            raise TypeError(f"{where}, numerics.{name}: a number or None is expected, not {value!r:.60}")
    return {name: float("nan") if value is None else value for name, value in given.items()}


def _text(value):
    raw = value.encode()
    return _Text(raw, len(raw))


def _name(name):
    """A name for the core, where a 0 would end it."""
    return str(name).replace("\0", "\ufffd").encode()


def hash(seed, space, token):  # noqa: A001 (the core's word)
    """The key of a token, 64 bits: MurmurHash3 x86_32 over space, 0x1f, token, and over 0x1f before it all."""
    return _tt.tt_hash(seed, _text(space), _text(token))


class Features:
    """Encoded rows of one tower; made by Model.encode, which they keep alive.  `counts` says what they met:
    tokens_known, tokens_unknown, fields_unknown (names that are none of the model's), and rows_unknown, rows that gave
    tokens or such names and no token that is known: their embedding says nothing of them."""

    def __init__(self, model, tower, rows, strict=False):
        self.model, self.tower, self.rows = model, tower, len(rows)
        self._strict, self._names = strict, model._names(tower)
        self._stride = _tt.tt_features_struct_size()
        self._structs = ctypes.create_string_buffer(self._stride * max(1, len(rows)))
        self._at = ctypes.addressof(self._structs)
        self.counts = dict.fromkeys((*_MET, "rows_unknown"), 0)
        self._memory = [self._encode(i, row) for i, row in enumerate(rows)]

    def __len__(self):
        return self.rows

    def digest(self, row):
        """16 hexadecimal digits: equal features have equal digests under one model."""
        if not 0 <= row < self.rows:
            raise IndexError(row)
        return f"{_tt.tt_features_digest(self._at + row * self._stride, self.model._at, self.tower):016x}"

    def _items(self, row, where):
        """(bag, place, item) of a row, and how many names of a user's row are none."""
        if self.tower:
            return [(None, where, row)], 0
        unknown = [name for name in row if name not in (*_BAGS, "numerics", *_BESIDE[1])]
        if unknown:
            self._refuse(where, unknown[0], _BAGS + ("numerics",))
        lists = [(bag, name, _typed(row.get(name), (list, tuple, type(None)), "a list of items", f"{where}, {name}"))
                 for bag, name in enumerate(_BAGS)]
        items = [(bag, f"{where}, {name}[{i}]", item) for bag, name, of in lists for i, item in enumerate(of or ())]
        return [(bag, place, _typed(item, dict, "an item, a dict,", place)) for bag, place, item in items], len(unknown)

    def _fields(self, item, where):
        """(name, tokens) of an item; the value of a name that is none does not matter."""
        fields = []
        for name, value in item.items():
            known = name in self._names[0]
            if not known and name not in _BESIDE[0] and name != "numerics":
                self._refuse(where, name, self._names[0])
            if known or name not in _BESIDE[0] and name != "numerics":
                fields.append((_name(name), _tokens(value, f"{where}, {name}") if known else []))
        return fields

    def _refuse(self, where, name, known):
        if self._strict:
            taken = ", ".join(sorted(known))
            raise ValueError(f"{where}: {name!r:.60} is not a name of the model, which takes {taken}")

    def _encode(self, index, row):
        where = f"row {index}"
        items, unknown = self._items(_typed(row, dict, "a dict", where), where)
        fields = [(bag, self._fields(item, place)) for bag, place, item in items]
        most = max((len(tokens) for _, of in fields for _, tokens in of), default=0)
        entries = sum(len(tokens) + 1 for _, of in fields for _, tokens in of)
        size = _tt.tt_features_size(entries, most + 2)
        memory = ctypes.create_string_buffer(size)
        at = self._at + index * self._stride
        _tt.tt_features_begin(at, _tt.tt_model_schema(self.model._at), self.tower, memory, size)
        for bag, of in fields:
            if bag is not None:
                self._check(_tt.tt_features_item(at, bag), index)
            for name, tokens in of:
                texts = (_Text * len(tokens))(*[_Text(token, len(token)) for token in tokens])
                self._check(_tt.tt_features_list(at, name, texts, len(tokens)), index)
        for name, value in _numerics(row, where).items():
            known = name in self._names[1]
            if not known and name not in _NUMBERS:
                self._refuse(f"{where}, numerics", name, self._names[1])
            if known or name not in _NUMBERS:
                _tt.tt_features_number(at, _name(name), value)
        self._count(at, unknown)
        _tt.tt_features_end(at)
        return memory

    def _count(self, at, unknown):
        met = [_tt.tt_features_met(at, what) for what in range(len(_MET))]
        met[2] += unknown
        for name, count in zip(_MET, met):
            self.counts[name] += count
        self.counts["rows_unknown"] += not met[0] and met[1] + met[2] > 0

    @staticmethod
    def _check(status, index):
        if status:
            raise Error(status, "features", row=index)


class Model:
    """A model file, mapped: only rows that are looked up become resident.  Threads may share it."""

    def __init__(self, path, verify=False):
        with open(path, "rb") as file:
            self._file = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        self._bytes = numpy.frombuffer(self._file, numpy.uint8)
        self._struct = ctypes.create_string_buffer(_tt.tt_model_struct_size())
        self._at = ctypes.addressof(self._struct)
        size = _tt.tt_model_read_size()
        scratch, error = ctypes.create_string_buffer(size), _Error()
        status = _tt.tt_model_read(self._at, self._bytes.ctypes.data, len(self._bytes), scratch, size,
                                   byref(error))
        if not status and verify:
            status = _tt.tt_model_verify(self._at, byref(error))
        if status:
            node = None if error.node == 0xFFFFFFFF else error.node
            raise Error(status, str(path), error.offset, node)
        size = _tt.tt_model_pack_size(self._at)
        if size:
            self._packed = ctypes.create_string_buffer(size)
            status = _tt.tt_model_pack(self._at, self._packed, size)
            if status:
                raise Error(status, str(path))
        self.dim = _tt.tt_model_dim(self._at)
        self.towers = [name for name, tower in _TOWERS.items() if _tt.tt_model_has(self._at, tower)]
        self._scratch = {}

    def property(self, key):
        """A value of metadata_props, or None."""
        return _string(_tt.tt_model_property(self._at, key.encode()))

    def _names(self, tower):
        """The fields and the numbers that rows of a tower may have."""
        schema = _tt.tt_model_schema(self._at)

        def fields(i):
            return _string(_tt.tt_schema_field(schema, i))

        def of_tower(i):
            return _string(_tt.tt_schema_number(schema, tower, i))

        every = [set(itertools.takewhile(bool, map(one, itertools.count()))) for one in (fields, of_tower)]
        return every[0] | {"id", "product_released_at"}, every[1]

    def features(self, tower):
        """Columns of the dense features of a tower."""
        return _tt.tt_model_features(self._at, _tower(tower))

    def encode(self, tower, rows, strict=False):
        """Features of a list of rows (dicts, see above).  `strict` refuses names that are none of the model's."""
        if not _tt.tt_model_schema(self._at):
            raise ValueError("the model carries no feature schema; give dense features to embed_dense")
        return Features(self, _tower(tower), rows, strict)

    def embed(self, features, out=None):
        """float32 [rows, dim], unit length.  `out` of that form is filled and returned."""
        if features.model is not self:
            raise ValueError("the features were encoded for another model")
        return self._embed(_tt.tt_embed, features.tower, features._at, features.rows, out)

    def embed_dense(self, tower, features, out=None):
        """The same from dense float32 features [rows, features(tower)], as ONNX Runtime takes them."""
        index = _tower(tower)
        dense = numpy.ascontiguousarray(features, numpy.float32)
        if dense.ndim != 2 or dense.shape[1] != self.features(tower):
            raise ValueError(f"[rows, {self.features(tower)}] is expected, not {list(dense.shape)}")
        return self._embed(_tt.tt_embed_dense, index, dense.ctypes.data, len(dense), out)

    def _embed(self, function, tower, rows_at, rows, out):
        if out is None:
            out = numpy.empty((rows, self.dim), numpy.float32)
        elif out.shape != (rows, self.dim) or out.dtype != numpy.float32 or not out.flags.c_contiguous:
            raise ValueError(f"out is a contiguous float32 array [{rows}, {self.dim}]")
        scratch = self._scratch.pop(tower, None)  # taken out: another thread makes its own
        if scratch is None or scratch.rows < rows:
            scratch = _Scratch(self._at, tower, rows)
        status = function(byref(scratch.embedder), rows_at, rows, out.ctypes.data, scratch.failed_at)
        self._scratch[tower] = scratch
        if status:
            raise Error(status, "embedding", row=scratch.failed.value if rows else None)
        return out


class _Scratch:
    """Working memory of tt_embed for up to `rows` rows, aligned as malloc aligns."""

    def __init__(self, model_at, tower, rows):
        size = _tt.tt_scratch_size(model_at, tower, rows)
        self.rows, self.failed = rows, c_size_t()
        self._buffer = ctypes.create_string_buffer(size + 64)
        at = -(-ctypes.addressof(self._buffer) // 64) * 64
        self.embedder = _Embedder(model_at, _kernels, tower, at, size)
        self.failed_at = ctypes.addressof(self.failed)


def _rows(catalogue):
    kind = {numpy.dtype(numpy.float16): _F16, numpy.dtype(numpy.float32): _F32}.get(catalogue.dtype)
    if kind is None or catalogue.ndim != 2 or not catalogue.flags.c_contiguous:
        raise ValueError("a catalogue is a contiguous float16 or float32 array [rows, dim]")
    return _Rows(catalogue.ctypes.data, len(catalogue), catalogue.shape[1], kind)


def _query(query, dim):
    vector = numpy.ascontiguousarray(query, numpy.float32)
    if vector.shape != (dim,):
        raise ValueError(f"a query has {dim} numbers")
    return vector


def topk(catalogue, query, k, exclude=()):
    """(indices uint32, scores float32) of the k best rows of catalogue [rows, dim] (float16 or float32) by
    dot product, best first, ties by the smaller index, without the rows of `exclude`."""
    rows, vector = _rows(catalogue), _query(query, catalogue.shape[1])
    without = numpy.unique(numpy.asarray(exclude, numpy.uint32))
    hits = numpy.empty(min(k, len(catalogue)), _HIT)
    held = _tt.tt_topk(_kernels, byref(rows), vector.ctypes.data, without.ctypes.data, len(without),
                       hits.ctypes.data, len(hits))
    return hits["index"][:held], hits["score"][:held]


def dot(catalogue, query, index):
    """The score that topk ranks row `index` by."""
    if not 0 <= index < len(catalogue):
        raise IndexError(index)
    return _tt.tt_dot(_kernels, byref(_rows(catalogue)), _query(query, catalogue.shape[1]).ctypes.data, index)
