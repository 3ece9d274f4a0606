# SPDX-License-Identifier: MIT
"""Checks ONNX files with the reference checker and shape inference: TAP, one test per file."""
import sys

import onnx


def refusal(path):
    try:
        onnx.checker.check_model(path, full_check=True)
    except Exception as error:  # the checker raises many kinds
        return f"{type(error).__name__}: {error}"
    return None


def main(paths):
    failed = False
    print(f"1..{len(paths)}")
    for number, path in enumerate(paths, 1):
        why = refusal(path)
        failed = failed or why is not None
        print(f"{'ok' if why is None else 'not ok'} {number} - onnx.checker accepts {path}")
        for line in (why or "").splitlines():
            print(f"# {line}")
    return 1 if failed or not paths else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
