# SPDX-License-Identifier: MIT
"""What the core costs: bytes of code, data and stack per target, compared with tests/bits/sizes.

size.py [--tap] [--write]     a target whose compiler is missing is left out

text and stack are those of the public functions of EMBEDDED alone, linked with --gc-sections;
read-only data counts as text.  The stack is the deepest path of the compiler's own call graph
(-fcallgraph-info=su); calls by pointer are to the kernels of core/kernel.
"""
import gzip
import os
import re
import shutil
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
BUILD = os.path.join(ROOT, os.environ.get("BUILD", "build"), "size")
EMBEDDED = """tt_model_read tt_model_read_size tt_model_schema tt_model_dim tt_features_size
    tt_features_begin tt_features_item tt_features_list tt_features_text tt_features_number
    tt_features_end tt_scratch_size tt_embed tt_topk tt_kernels_best""".split()
RULES = "-std=c99 -ffp-contract=off -ffreestanding -fno-pic -Icore".split()
BARE = ["-isystem", "ports/bare"]
M4 = "-mcpu=cortex-m4 -mthumb -mfloat-abi=hard -mfpu=fpv4-sp-d16".split()
SECTIONS = "-ffunction-sections -fdata-sections -fcallgraph-info=su".split()
WASM = "clang --target=wasm32 -mbulk-memory -DTT_SMALL -Oz -flto".split()
TARGETS = {  # name: compiler and flags, the limits on text or .wasm, on stack or its gzip
    "Cortex-M4F small -Os": (["arm-none-eabi-gcc", *M4, "-Os", "-DTT_SMALL", *BARE], 12288, 2048),
    "Cortex-M4F -Os": (["arm-none-eabi-gcc", *M4, "-Os", *BARE], None, None),
    "Cortex-M0 small -Os": (
        ["arm-none-eabi-gcc", "-mcpu=cortex-m0", "-mthumb", "-Os", "-DTT_SMALL", *BARE],
        None,
        2048,
    ),
    "aarch64 -O2": (["aarch64-linux-gnu-gcc", "-O2"], None, None),
    "x86-64 small -Os": (["gcc", "-Os", "-DTT_SMALL"], None, None),
    "x86-64 -O3": (["gcc", "-O3"], None, None),
    "wasm32 small": (WASM, 24576, 10240),
    "wasm32 SIMD small": (WASM + ["-msimd128"], 24576, 10240),
}


def run(*command):
    return subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout


def used_sections(kept_by, map_text):
    """Bytes of text, data and bss that the linker took from the object `kept_by`."""
    sizes, pending, on = {"text": 0, "data": 0, "bss": 0}, None, False
    for line in map_text.splitlines():
        on = on or line.startswith("Linker script and memory map")
        name = re.match(r" (\.\S+)\s*$", line)
        if name:
            pending = name.group(1)
            continue
        part = re.match(r"(?: (\.\S+))?\s+0x[0-9a-f]+\s+(0x[0-9a-f]+)\s+(\S+)$", line)
        if on and part and part.group(3).endswith(kept_by) and (part.group(1) or pending):
            kind = (part.group(1) or pending).split(".")[1]
            kind = "text" if kind in ("text", "rodata") else kind
            if kind in sizes:
                sizes[kind] += int(part.group(2), 16)
        pending = None
    return sizes


def deepest(graph_text):
    """The deepest stack below any function of EMBEDDED."""
    frame, calls = {}, {}
    for name, label in re.findall(r'node: { title: "([^"]*)" label: "([^"]*)"', graph_text):
        size = re.search(r"(\d+) bytes \(", label)
        frame[name.split(":")[-1]] = int(size.group(1)) if size else 0
    for source, target in re.findall(r'sourcename: "([^"]*)" targetname: "([^"]*)"', graph_text):
        calls.setdefault(source.split(":")[-1], set()).add(target.split(":")[-1])
    kernel = re.compile(r"(gather|dots|estimate|squares|widen|nonzero|finish)(_far)?_(c|four|avx2|avx512)$")
    lower = re.compile(r"tt_lower_")
    depth = {}

    def below(name, path):
        if name in path:
            raise RuntimeError("recursion: " + " ".join(path + (name,)))
        if name not in depth:
            targets = set(calls.get(name, ()))
            if "__indirect_call" in targets:
                targets.discard("__indirect_call")
                wanted = lower if name.startswith(("lower", "tt_onnx_lower")) else kernel
                targets |= {f for f in frame if wanted.match(f)}
            depth[name] = frame.get(name, 0) + max([below(t, path + (name,)) for t in targets], default=0)
        return depth[name]

    return max(below(name, ()) for name in EMBEDDED if name in frame)


def measure_object(command):
    stem = os.path.join(BUILD, "core")
    run(*command, *RULES, *SECTIONS, "-c", "core/twotower.c", "-o", stem + ".o")
    keep = [f"-Wl,--undefined={name}" for name in EMBEDDED]
    run(
        *command,
        "-nostdlib",
        "-static",
        "-no-pie",
        "-Wl,--gc-sections",
        "-Wl,--entry=tt_embed",
        *keep,
        "-Wl,--unresolved-symbols=ignore-all",
        f"-Wl,-Map={stem}.map",
        stem + ".o",
        "-o",
        stem + ".elf",
    )
    with open(stem + ".map", encoding="utf-8") as text, open(stem + ".ci", encoding="utf-8") as graph:
        sizes = used_sections("core.o", text.read())
        return sizes["text"], sizes["data"], sizes["bss"], deepest(graph.read())


def measure_wasm(command):
    module = os.path.join(BUILD, "core.wasm")
    exports = [f"-Wl,--export={name}" for name in EMBEDDED]
    run(
        *command,
        *RULES,
        *BARE,
        "-fno-builtin",
        "-nostdlib",
        "-Wl,--no-entry",
        "-Wl,--strip-all",
        *exports,
        "core/twotower.c",
        "ports/bare/memory.c",
        "-o",
        module,
    )
    with open(module, "rb") as file:
        data = file.read()
    return len(data), len(gzip.compress(data, 9, mtime=0))


def main():
    tap, write = "--tap" in sys.argv, "--write" in sys.argv
    os.makedirs(BUILD, exist_ok=True)
    path = os.path.join(HERE, "sizes")
    with open(path, encoding="utf-8") as file:
        lines = [line.rstrip("\n") for line in file if not line.startswith("#")]
    committed = {line.split("|")[0].strip(): [int(n) for n in line.split("|")[1].split()] for line in lines if line}
    failed, measured = 0, {}
    full = write or not tap or os.environ.get("TWOTOWER_FULL") == "1"
    for number, (name, (command, most, deepest_allowed)) in enumerate(TARGETS.items(), 1):
        if most is deepest_allowed is None and not full:
            text, bad = f"{name}: it has no limit # SKIP TWOTOWER_FULL=1 measures it", False
        elif not shutil.which(command[0]) or (command[0] == "clang" and not shutil.which("wasm-ld")):
            text, bad = f"{name}: {command[0]} is not installed # SKIP {command[0]} is not installed", False
            bad = os.environ.get("TWOTOWER_FULL") == "1"
        else:
            wasm = name.startswith("wasm32")
            got = measured[name] = measure_wasm(command) if wasm else measure_object(command)
            was = committed.get(name, [])
            labels = ("raw", "gzip") if wasm else ("text", "data", "bss", "stack")
            text = f"{name:22}" + "".join(f"  {label} {value:6}" for label, value in zip(labels, got))
            # Other versions of a compiler may take a little more.
            bad = len(was) != len(got) or any(g > w * 1.05 for g, w in zip(got, was))
            bad = bad or (most is not None and got[0] > most)
            bad = bad or (deepest_allowed is not None and got[-1] > deepest_allowed)
            if bad:
                text += f"  TOO MUCH: committed {was}, limits {most} {deepest_allowed}"
        failed += bad and not write
        print(f"{'not ok' if bad else 'ok'} {number} - {text}" if tap else text)
    if write:
        with open(path, "w", encoding="utf-8") as file:
            file.write(
                "# Bytes, by `size.py --write` with the compilers of Debian 12: text data bss stack, or raw gzip.\n"
            )
            file.writelines(f"{name:22} | {' '.join(map(str, got))}\n" for name, got in measured.items())
    if tap:
        print(f"1..{len(TARGETS)}")
    return failed > 0


sys.exit(main())
