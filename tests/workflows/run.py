#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Runs a workflow as GitHub would: its jobs, composite actions and `run:` steps, each in order, with
the same shell, environment files, conditions and artifacts.

    run.py WORKFLOW --checkout DIR --root DIR [--event schedule] [--input NAME=VALUE]...
           [--secrets FILE] [--env NAME=VALUE]... [--job NAME]... [--tag TAG]

--checkout is what actions/checkout gives each job; --root keeps the artifacts (ROOT/artifacts/NAME) and
what each job left (ROOT/JOB).  FILE is written as GITHUB_ENV is.  Only the named jobs run, if any are;
of a matrix the first entry does.  Ends with one JSON line: results of jobs and steps, and outputs.
Exit status 1 when a job failed."""
import argparse
import json
import os
import shutil
import subprocess
import sys

import yaml

from expression import condition, fill, text_of


def pairs(lines):
    return dict(line.rstrip("\n").split("=", 1) for line in lines if "=" in line)


def environment_file(path):
    """NAME=VALUE lines, and NAME<<END blocks."""
    found, lines = {}, iter(open(path, encoding="utf-8").read().splitlines())
    for line in lines:
        if "<<" in line.split("=")[0]:
            name, end = line.split("<<", 1)
            value = []
            while (line := next(lines)) != end:
                value.append(line)
            found[name] = "\n".join(value)
        else:
            name, value = line.split("=", 1)
            found[name] = value
    return found


class Job:
    def __init__(self, run, name, spec):
        self.run, self.name, self.spec = run, name, spec
        self.status, self.report = "success", []
        self.folder = os.path.join(run.root, name)
        self.work, self.temp = os.path.join(self.folder, "work"), os.path.join(self.folder, "temp")
        for folder in (self.work, self.temp):
            os.makedirs(folder)
        self.env, self.path = {}, []
        self.contexts = {
            "inputs": run.inputs,
            "secrets": run.secrets,
            "needs": run.needs(spec),
            "matrix": {name: values[0] for name, values in spec.get("strategy", {}).get("matrix", {}).items()},
            "github": run.github,
            "steps": {},
            "env": self.env,
            "job": {"status": "success"},
            "runner": {"temp": self.temp, "os": "Linux", "arch": "X64"},
        }
        self.functions = {
            "always": lambda: True,
            "success": lambda: self.status == "success",
            "failure": lambda: self.status == "failure",
            "cancelled": lambda: False,
            "hashFiles": lambda *patterns: "hash",
        }

    def outputs(self):
        return {
            name: fill(value, self.contexts, self.functions) for name, value in self.spec.get("outputs", {}).items()
        }

    def steps(self, steps, contexts, env):
        for step in steps:
            contexts["job"] = {"status": self.status}
            name = step.get("name") or step.get("uses") or "run"
            wanted = condition(step.get("if", "success()"), contexts, self.functions)
            outputs, ok = {}, True
            if wanted:
                print(f"##[{self.name}] {name}", flush=True)
                own = {**env, **{k: fill(v, contexts, self.functions) for k, v in step.get("env", {}).items()}}
                if "run" in step:
                    ok, outputs = self.script(fill(step["run"], contexts, self.functions), own)
                else:
                    ok, outputs = self.uses(
                        step["uses"],
                        {k: fill(v, contexts, self.functions) for k, v in step.get("with", {}).items()},
                        own,
                    )
            conclusion = "success" if wanted and ok else "failure" if wanted else "skipped"
            self.report.append({"name": name, "conclusion": conclusion})
            if "id" in step:
                contexts["steps"][step["id"]] = {"outputs": outputs, "conclusion": conclusion}
            if not ok:
                self.status = "failure"

    def script(self, text, env):
        files = {}
        for name in ("GITHUB_OUTPUT", "GITHUB_ENV", "GITHUB_PATH", "GITHUB_STEP_SUMMARY"):
            files[name] = os.path.join(self.temp, f"{name}.{len(self.report)}")
            open(files[name], "a", encoding="utf-8").close()
        path = os.path.join(self.temp, f"step{len(self.report)}.sh")
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)
        whole = {
            "PATH": os.pathsep.join(self.path[::-1] + [os.environ["PATH"]]),
            "HOME": os.environ.get("HOME", "/"),
            "CI": "true",
            "RUNNER_TEMP": self.temp,
            "GITHUB_WORKFLOW": self.run.name,
            "GITHUB_SERVER_URL": "https://github.example",
            "GITHUB_REPOSITORY": self.run.github["repository"],
            "GITHUB_RUN_ID": "1",
            "GITHUB_WORKSPACE": self.work,
            **self.run.env,
            **self.env,
            **env,
            **files,
        }
        done = subprocess.run(
            ["bash", "--noprofile", "--norc", "-eo", "pipefail", path],
            env=whole,
            cwd=self.work,
            stdin=subprocess.DEVNULL,
            stdout=sys.stdout,
            stderr=subprocess.STDOUT,
            check=False,
        )
        self.env.update(environment_file(files["GITHUB_ENV"]))
        self.path += open(files["GITHUB_PATH"], encoding="utf-8").read().split()
        if done.returncode:
            print(f"##[{self.name}] exit status {done.returncode}", flush=True)
        return done.returncode == 0, environment_file(files["GITHUB_OUTPUT"])

    def uses(self, action, given, env):
        if action.startswith("./"):
            return self.composite(os.path.join(self.work, action), given, env)
        kind = action.split("@")[0]
        if kind == "actions/checkout":
            shutil.copytree(self.run.checkout, self.work, symlinks=True, dirs_exist_ok=True)
        elif kind == "actions/upload-artifact":
            return self.upload(given), {}
        elif kind == "actions/download-artifact":
            return self.download(given), {}
        elif kind != "actions/cache":
            raise ValueError(f"{action} is not known here")
        return True, {}

    def composite(self, folder, given, env):
        with open(os.path.join(folder, "action.yml"), encoding="utf-8") as file:
            spec = yaml.safe_load(file)
        inputs = {name: given.pop(name, about.get("default", "")) for name, about in spec.get("inputs", {}).items()}
        if given:
            raise ValueError(f"{folder}: no input {', '.join(given)}")
        contexts = {**self.contexts, "inputs": inputs, "steps": {}, "secrets": {}}
        before = self.status
        self.steps(spec["runs"]["steps"], contexts, env)
        failed = self.status != before
        outputs = {
            name: fill(about["value"], contexts, self.functions) for name, about in spec.get("outputs", {}).items()
        }
        return not failed, outputs

    def upload(self, given):
        path = os.path.join(self.work, given["path"])
        target = os.path.join(self.run.root, "artifacts", given["name"])
        if not os.path.isdir(path) or not any(files for _, _, files in os.walk(path)):
            print(f"no files in {given['path']}")
            return given.get("if-no-files-found", "warn") != "error"
        shutil.copytree(path, target)  # an artifact is not replaced
        return True

    def download(self, given):
        shutil.copytree(
            os.path.join(self.run.root, "artifacts", given["name"]),
            os.path.join(self.work, given["path"]),
            dirs_exist_ok=True,
        )
        return True


class Run:
    def __init__(self, arguments):
        with open(arguments.workflow, encoding="utf-8") as file:
            self.spec = yaml.safe_load(file)
        self.name, self.results, self.outputs = self.spec["name"], {}, {}
        self.checkout, self.root = os.path.abspath(arguments.checkout), os.path.abspath(arguments.root)
        self.env, self.secrets = pairs(arguments.env), {}
        if arguments.secrets:
            self.secrets = environment_file(arguments.secrets)
        self.github = {
            "event_name": arguments.event,
            "repository": "someone/catalogue",
            "ref_name": arguments.tag or "main",
            "token": "none",
        }
        self.jobs = arguments.job or list(self.spec["jobs"])
        self.inputs = self.given_inputs(arguments.event, pairs(arguments.input))

    def given_inputs(self, event, given):
        on = self.spec.get("on", self.spec.get(True))  # YAML 1.1 reads `on` as true
        if event not in on:
            raise ValueError(f"{self.name} does not run on {event}")
        if event != "workflow_dispatch":
            return None
        inputs = {}
        for name, about in on["workflow_dispatch"]["inputs"].items():
            value = given.pop(name, text_of(about.get("default", "")))
            if about["type"] == "choice" and value not in about["options"]:
                raise ValueError(f"{name}: one of {about['options']} is expected")
            inputs[name] = value == "true" if about["type"] == "boolean" else value
        if given:
            raise ValueError(f"no input {', '.join(given)}")
        return inputs

    def needs(self, spec):
        needs = spec.get("needs", [])
        return {
            name: {"result": self.results[name], "outputs": self.outputs.get(name, {})}
            for name in ([needs] if isinstance(needs, str) else needs)
        }

    def wanted(self, spec):
        needs = self.needs(spec)
        functions = {
            "success": lambda: all(one["result"] == "success" for one in needs.values()),
            "failure": lambda: any(one["result"] == "failure" for one in needs.values()),
            "always": lambda: True,
        }
        contexts = {"github": self.github, "inputs": self.inputs, "needs": needs}
        return condition(spec.get("if", "success()"), contexts, functions)

    def whole(self):
        report = {}
        for name, spec in self.spec["jobs"].items():
            if name not in self.jobs or not self.wanted(spec):
                self.results[name] = "skipped"
                report[name] = {"result": "skipped", "steps": [], "outputs": {}}
                continue
            job = Job(self, name, spec)
            job.steps(spec["steps"], job.contexts, {})
            self.results[name], self.outputs[name] = job.status, job.outputs()
            report[name] = {"result": job.status, "steps": job.report, "outputs": self.outputs[name]}
        print(json.dumps(report))
        return int("failure" in self.results.values())


parser = argparse.ArgumentParser()
parser.add_argument("workflow")
for option in ("--checkout", "--root"):
    parser.add_argument(option, required=True)
parser.add_argument("--event", default="workflow_dispatch")
parser.add_argument("--secrets")
parser.add_argument("--tag")
for option in ("--input", "--env", "--job"):
    parser.add_argument(option, action="append", default=[])
sys.exit(Run(parser.parse_args()).whole())
