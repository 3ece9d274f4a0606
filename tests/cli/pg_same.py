"""Prints the rows of item_features.parquet in the order of their ids: pg_same.py FILE BUILD"""
import os
import subprocess
import sys

root = os.path.join(os.path.dirname(__file__), "..", "..")
dump = os.path.join(root, sys.argv[2], "tests", "parquet_dump")
rows = subprocess.run([dump, sys.argv[1]], capture_output=True, text=True, check=True).stdout
print("".join(sorted(rows.splitlines(True))), end="")
