#!/usr/bin/env python3
"""traces.py FIXTURES BUILD WORK AGENT TRACE: replay the hooks of a recorded
session through jared-hook, and at each mark of which there is a screen ask
judge what is said of the agent.

Prints a record for each: mark, what was known besides the hooks ("screen",
"file" or "both"), wanted state, state, reason, source.  The terminal has been
still for a minute each time, which is the hardest case for what works.
"""
import json, os, re, subprocess, sys

fixtures, build, work, agent, trace = sys.argv[1:]
hook = build + "/libexec/jared/jared-hook"
label = {}
for line in open(fixtures + "/fixtures.tsv"):
    f = line.rstrip("\n").split("\t")
    if not line.startswith("#"):
        label[f[0]] = f[3]


def shipped():
    """The shipped file of hooks, as (event, member, expression, words)."""
    text = open(build + "/share/jared/hooks/%s.json" % agent).read()
    for event, entries in json.loads(text)["hooks"].items():
        for e in entries:
            words = e["hooks"][0]["command"].split(" ")
            assert words[0] == "{{hook}}"
            match = e.get("matcher")
            if match and not re.search(r"[^A-Za-z0-9_|]", match):
                match = "^(%s)$" % match
            yield event, "tool_name" if match else None, match, words[1:]


def ours():
    for line in open("%s/hooks/%s.tsv" % (fixtures, agent)):
        event, cond, state, reason, key = line.rstrip("\n").split("\t")
        member, _, match = cond.partition("=")
        yield (event, None if cond == "-" else member, match,
               [event, state, reason, key])


rules = list(shipped() if agent == "claude" else ours())
run = os.path.join(work, trace)
os.makedirs(run)


def member(payload, name):
    for part in name.split("."):
        payload = payload.get(part) if isinstance(payload, dict) else None
    return payload or ""


def call(event, payload):
    for name, where, match, words in rules:
        if name == event and (not where or re.search(match, member(payload, where))):
            out = subprocess.run([hook, run] + words, check=True, capture_output=True,
                                 input=json.dumps(payload).encode())
            assert out.stdout == b"" and out.stderr == b""


start = open("/proc/self/stat").read().rsplit(")", 1)[1].split()[19]
records, wanted = [], {}


def mark(name):
    screen = "%s/screens/%s-%s" % (fixtures, trace, name)
    want = label.get("%s-%s" % (trace, name))
    if want is None or want == "exited":
        return
    d = os.path.join(run, name)
    os.makedirs(d + "/sessions")
    if os.path.exists(run + "/hooks"):
        with open(d + "/hooks", "wb") as f:
            f.write(open(run + "/hooks", "rb").read())
    open(d + "/log", "w").close()
    for f in "hooks", "log":
        if os.path.exists(d + "/" + f):
            os.utime(d + "/" + f, (os.stat(d + "/log").st_mtime - 60,) * 2)
    with open(d + "/title", "w") as f:
        for line in open(screen + ".meta"):
            if line.startswith("title="):
                f.write(line[6:].rstrip("\n"))
    kept, session = screen + ".session.json", "-"
    if os.path.exists(kept):
        o = json.load(open(kept))
        o["pid"], o["procStart"], session = os.getpid(), start, o["sessionId"]
        with open("%s/sessions/%d.json" % (d, os.getpid()), "w") as f:
            json.dump(o, f)
    for kind in "screen", "file", "both":
        if kind != "screen" and session == "-":
            continue
        see = kind != "file"
        wanted[name, kind] = {"error": "idle"}.get(want, want)
        records.append("\t".join([
            name + ":" + kind, agent, "interactive", d + "/title" if see else "-",
            screen + ".txt" if see else "-", d, d + "/sessions" if kind != "screen" else "-",
            session, str(os.getpid())]) + "\n")


for line in open("%s/traces/%s.hooks.jsonl" % (fixtures, trace)):
    o = json.loads(line)
    if "mark" in o:
        mark(o["mark"])
    else:
        call(o["event"], o["payload"] or {})

said = subprocess.run([build + "/tests/helper/judge"], input="".join(records).encode(),
                      check=True, stdout=subprocess.PIPE).stdout.decode()
for line in said.splitlines():
    name, state, reason, source, _ = line.split("\t")
    name, kind = name.split(":")
    print("\t".join([name, kind, wanted[name, kind], state, reason, source]))
