"""Compares user_features.parquet (dumped) with what get_user_embedding_feature_batch gives, as floats."""
import json, struct, sys


def single(value):
    return None if value is None else struct.unpack("f", struct.pack("f", value))[0]


native = {row["user_id"]: row for row in map(json.loads, open(sys.argv[1]))}
given = {row["user_id"]: row for row in json.load(open(sys.argv[2]))}
seen, wrong = {}, []
for user, row in native.items():
    for name, value in given[user]["numerics"].items():
        value = single(value)
        # The dump has nine digits.
        if (
            (row[name] is None) != (value is None)
            or value is not None
            and single(float(f"{value:.9g}")) != single(row[name])
        ):
            wrong.append((user, name, row[name], value))
        seen.setdefault(name, set()).add(value)
print(len(native), "users,", {name: len(values) for name, values in seen.items()}, wrong[:5])
sys.exit(
    bool(wrong)
    or len(native) < 100
    or len(seen) != 15
    or any(len(values) < 2 for name, values in seen.items() if name != "mean_stars")
)
