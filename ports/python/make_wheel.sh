#!/bin/sh
# SPDX-License-Identifier: MIT
# Packs twotower.py and libtwotower.so into a wheel, which is a zip with three text files.
# The version is the library's.  Usage: make_wheel.sh LIBRARY FOLDER
set -eu
library=$1 folder=$2
here=$(dirname "$0")
mkdir -p "$folder"
python3 - "$here/twotower.py" "$library" "$folder" <<'PYTHON'
import base64, ctypes, hashlib, os, sys, sysconfig, zipfile
module, library, folder = sys.argv[1:]
tt_version = ctypes.CDLL(os.path.abspath(library)).tt_version
tt_version.restype = ctypes.c_char_p
version = tt_version().decode()
platform = sysconfig.get_platform().replace("-", "_").replace(".", "_")
info = f"twotower-{version}.dist-info"
files = {
    "twotower.py": open(module, "rb").read(),
    "libtwotower.so.0": open(library, "rb").read(),
    f"{info}/METADATA": f"Metadata-Version: 2.1\nName: twotower\nVersion: {version}\n"
    "Summary: Inference core of a two-tower recommender\nLicense: MIT\nRequires-Dist: numpy\n".encode(),
    f"{info}/WHEEL": f"Wheel-Version: 1.0\nGenerator: make_wheel.sh\nRoot-Is-Purelib: false\n"
    f"Tag: py3-none-{platform}\n".encode(),
}
record = "".join(
    f"{name},sha256={base64.urlsafe_b64encode(hashlib.sha256(data).digest()).decode().rstrip('=')},{len(data)}\n"
    for name, data in files.items())
files[f"{info}/RECORD"] = (record + f"{info}/RECORD,,\n").encode()
path = f"{folder}/twotower-{version}-py3-none-{platform}.whl"
with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as wheel:
    for name, data in files.items():
        wheel.writestr(zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0)), data, zipfile.ZIP_DEFLATED)
print(path)
PYTHON
