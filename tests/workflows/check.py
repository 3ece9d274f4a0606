#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""What every workflow and action must hold; prints each break and ends with 1 when there is one.

    check.py REPOSITORY"""
import glob
import os
import re
import subprocess
import sys

import yaml

root = sys.argv[1]
broken = []
PINNED = re.compile(r"uses: +(\S+)@([0-9a-f]{40}) # v\d+\.\d+\.\d+$")
RUNNERS = {"ubuntu-24.04", "ubuntu-24.04-arm", "${{ matrix.os }}"}
INPUTS = {  # what people and other programs call
    "ml-train-model": ["run_id", "mode", "min_stars", "neg_per_pos"],
    "ml-release-embeddings": ["approved", "run_id", "lookback_days", "recent_hours"],
    "sync-video-embeddings": ["start_date", "end_date", "lookback_days", "skip_ingest", "skip_fetch", "mode"],
    "train-two-tower": ["generate_embeddings", "publish_artifacts", "update_embeddings", "use_remote_data"],
}
ARTIFACTS = {"ml-train-model": "two_tower_eval", "train-two-tower": "two-tower-training"}
CRON = {"sync-video-embeddings": "0 18 * * *", "train-two-tower": "0 19 * * 6"}
WRITERS = {("release", "release"): {"contents": "write"}}
pins = {}


def say(path, what):
    broken.append(f"{os.path.relpath(path, root)}: {what}")


def check_text(path, text):
    for number, line in enumerate(text.splitlines(), 1):
        if "uses:" in line and "uses: ./" not in line:
            match = PINNED.search(line)
            if not match:
                say(path, f"{number}: pinned by commit, with its version behind #, is expected")
            elif pins.setdefault(match[1], match[2]) != match[2]:
                say(path, f"{number}: {match[1]} has another pin elsewhere")
        if "cron:" in line and "JST" not in line:
            say(path, f"{number}: the time in Japan is expected beside the cron line")


def check_steps(path, steps, composite):
    for step in steps:
        name = step.get("name") or step.get("uses") or step.get("run")
        if "run" in step:
            if "${{" in step["run"]:
                say(path, f"{name}: inputs reach a script by env only")
            if composite and step.get("shell") != "bash":
                say(path, f"{name}: shell: bash is expected")
            parsed = subprocess.run(["bash", "-n"], input=step["run"], text=True, capture_output=True, check=False)
            if parsed.returncode:
                say(path, f"{name}: {parsed.stderr}")
        outside = {**step, "env": None, "with": None if step.get("uses", "").startswith("./") else step.get("with")}
        if "secrets." in str(outside):
            say(path, f"{name}: secrets go by env of a step, or to an action of this repository")
        if (
            step.get("uses", "").startswith("actions/checkout")
            and step.get("with", {}).get("persist-credentials") is not False
        ):
            say(path, f"{name}: persist-credentials: false is expected")


def check_workflow(path, spec):
    name, on = spec["name"], spec.get("on", spec.get(True))
    if name != os.path.basename(path)[:-4]:
        say(path, "it is called otherwise than its file")
    if spec.get("permissions") != {"contents": "read"}:
        say(path, "permissions: contents: read is expected")
    if "group" not in spec.get("concurrency", {}):
        say(path, "a concurrency group is expected")
    if spec.get("defaults") != {"run": {"shell": "bash"}}:
        say(path, "bash with pipefail is expected")
    given = list(((on.get("workflow_dispatch") or {}).get("inputs")) or {})
    if given != INPUTS.get(name, []):
        say(path, f"inputs {given}, wanted {INPUTS.get(name)}")
    crons = [one["cron"] for one in on.get("schedule", [])]
    if crons != ([CRON[name]] if name in CRON else []):
        say(path, f"schedule {crons}")
    if name in ARTIFACTS and f"name: {ARTIFACTS[name]}\n" not in open(path, encoding="utf-8").read():
        say(path, f"artifact {ARTIFACTS[name]} is expected")
    for job, about in spec["jobs"].items():
        if not 0 < about.get("timeout-minutes", 0) <= 180:
            say(path, f"{job}: a time limit is expected")
        if about["runs-on"] not in RUNNERS or set(about.get("strategy", {}).get("matrix", {}).get("os", [])) - RUNNERS:
            say(path, f"{job}: another runner")
        if about.get("permissions", {}) != WRITERS.get((name, job), {}):
            say(path, f"{job}: permissions {about.get('permissions')}")
        if "secrets." in str(about.get("env")):
            say(path, f"{job}: secrets stand at the steps that need them")
        check_steps(path, about["steps"], False)
        if name in INPUTS and about["steps"][-1].get("uses") != "./.github/actions/notify":
            say(path, f"{job}: ends without notification")
    if name == "ml-release-embeddings" and any(
        about.get("if") != "inputs.approved == 'yes'" for about in spec["jobs"].values()
    ):
        say(path, "nothing may run without approved=yes")


files = glob.glob(f"{root}/.github/workflows/*") + glob.glob(f"{root}/.github/actions/*/action.yml")
if len(files) < 9:
    broken.append(f"only {len(files)} files were found")
guide = open(f"{root}/.github/WORKFLOWS.md", encoding="utf-8").read()
for path in files:
    with open(path, encoding="utf-8") as file:
        text = file.read()
    check_text(path, text)
    spec = yaml.safe_load(text)
    if "jobs" in spec:
        check_workflow(path, spec)
    else:
        check_steps(path, spec["runs"]["steps"], True)
    for secret in set(re.findall(r"secrets\.([A-Z_]+)", text)):
        if f"`{secret}`" not in guide:
            say(path, f".github/WORKFLOWS.md does not name the secret {secret}")
print("\n".join(broken))
sys.exit(bool(broken))
