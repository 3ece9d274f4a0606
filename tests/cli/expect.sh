# SPDX-License-Identifier: MIT
# `expect KIND ...`: the assertions of tests/expect.py, from any folder.
export root
expect() { python3 -E -S "$root/tests/expect.py" "$@"; }
