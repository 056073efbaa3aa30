#!/usr/bin/env python3
"""cleancases.py DIR COUNT [SEED] [--race] - generated cases for jared-clean.

Makes repositories in DIR with COUNT worktrees of ended attempts between them,
each in a state drawn from: landed how, dirty, ignored files, HEAD, an operation
in progress, a nested repository, a live process, a lock, a race.  Whether such a
worktree is finished, this program decides by what it made; whether bytes were
lost, by what it read before and after.  It shares nothing with lib/.

After jared-clean --yes everything that only a log knows is thrown out of the
repository (gc --prune=now).  Then each worktree must be as it was, in its place
or, if it was taken away, after --restore: each file with its mode, time and
contents, index, HEAD, logs, branch, and each commit.

--race: only cases with a race, which need the program of 'make faults'.
Prints the figures; exits 1 if anything was lost, or taken away unfinished.
"""
import hashlib, os, random, shutil, signal, stat, subprocess, sys, time, zlib

BATCH = 25

def run(*argv, cwd=None, check=True, **kw):
    p = subprocess.run(argv, cwd=cwd, capture_output=True, text=True, stdin=subprocess.DEVNULL, **kw)
    if check and p.returncode != 0:
        raise SystemExit("%s: %s: %s%s" % (cwd, " ".join(argv), p.stdout, p.stderr))
    return p

def git(cwd, *argv, check=True):
    return run("git", *argv, cwd=cwd, check=check).stdout.strip()

def write(path, text, mode=None):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "w") as f:
        f.write(text)
    if mode is not None:
        os.chmod(path, mode)

def entry(path):
    st = os.lstat(path)
    if stat.S_ISLNK(st.st_mode):
        return ("link", os.readlink(path))
    if stat.S_ISDIR(st.st_mode):
        return ("dir", stat.S_IMODE(st.st_mode))
    with open(path, "rb") as f:
        digest = hashlib.sha256(f.read()).hexdigest()
    return ("file", stat.S_IMODE(st.st_mode), st.st_mtime_ns, digest)

def tree(top):
    found = {}
    for at, dirs, files in os.walk(top):
        for name in dirs + files:
            path = os.path.join(at, name)
            found[os.path.relpath(path, top)] = entry(path)
    return found

# What is drawn, and how often; the first of each is harmless.
LAND = ["squash"] * 3 + ["merge"] * 2 + ["rebase"] * 2 + ["squash-on"] * 2 + ["squash-over", "ff", "pr"] + ["no", "no", "none", "partial", "reverted"]
DIRTY = ["clean"] * 26 + ["modified", "staged", "untracked", "deleted", "hidden", "mode", "conflict-free-add"]
IGNORED = ["none"] * 3 + ["rubbish"] * 5 + ["same", "link", "precious", "precious-dir"]
HEAD = ["branch"] * 20 + ["amended", "amended", "at-tip", "detached", "detached-back", "other"]
OTHER = ["none"] * 44 + ["rebase", "merge", "bisect", "nested", "process", "process-fd", "alive", "unlocked", "foreign"]
RACE = ["file", "modify", "process", "branch", "ignored"]

class Case:
    def __init__(self, repo, n, rng, race):
        self.repo, self.rng, self.id = repo, rng, "c%d" % n
        self.branch = "jared/%s/1" % self.id
        self.wt = "%s/.worktrees/%s" % (repo.dir, self.id)
        self.admin = "%s/.git/worktrees/%s" % (repo.dir, self.id)
        self.land, self.dirty, self.ignored, self.head, self.other = (
            rng.choice(LAND), rng.choice(DIRTY), rng.choice(IGNORED), rng.choice(HEAD), rng.choice(OTHER))
        self.race = rng.choice(RACE) if race else "none"
        if race:
            self.land = rng.choice([l for l in LAND if l not in ("no", "none", "partial", "reverted")])
            self.dirty, self.head, self.other = "clean", "branch", "none"
            self.ignored = rng.choice(["none", "rubbish"])
        self.child = None

    def says(self):
        return "%s/%s: land=%s dirty=%s ignored=%s head=%s other=%s race=%s" % (
            self.repo.dir, self.id, self.land, self.dirty, self.ignored, self.head, self.other, self.race)

    # The oracle: nothing of it is to be decided by anybody any more.
    def finished(self):
        return (self.land not in ("no", "none", "partial", "reverted") and self.dirty == "clean" and
                self.ignored in ("none", "rubbish", "same", "link") and
                self.head in ("branch", "amended", "at-tip") and
                self.other == "none" and self.race == "none")

    def change(self, cwd, what):
        with open("%s/%s.txt" % (cwd, self.id)) as f:
            lines = f.read().split("\n")
        lines[self.rng.randrange(30)] = "%s %s %d" % (what, self.id, self.rng.randrange(10**6))
        write("%s/%s.txt" % (cwd, self.id), "\n".join(lines))

    def commit(self, cwd, what):
        self.change(cwd, what)
        if self.rng.random() < .3:
            write("%s/sub/%s-%d" % (cwd, self.id, self.rng.randrange(99)), "x%d\n" % self.rng.randrange(10**6))
            git(cwd, "add", "-A")
        git(cwd, "commit", "-qam", what)

    def make(self):
        r = self.repo
        git(r.dir, "worktree", "add", "-q", "--lock", "--reason", "jared:%s:1" % self.id, "-b", self.branch, self.wt, r.base)
        if self.land != "none":
            for i in range(self.rng.randrange(1, 4)):
                self.commit(self.wt, "work %d" % i)
        if self.head == "amended":
            self.change(self.wt, "amended")
            git(self.wt, "commit", "-qa", "--amend", "-m", "amended") if self.land != "none" else git(self.wt, "checkout", "-q", "--", ".")
        tip = git(r.dir, "rev-parse", self.branch)
        r.record(self.id, 1, "claim", "base=" + r.base, "onto=main", "branch=" + self.branch,
                 "worktree=.worktrees/" + self.id, "session=jared-%s-1" % self.id, "agent=sh", "title=Task " + self.id)
        r.record(self.id, 1, "running", "pid=1", "start=1")
        r.record(self.id, 1, "exited", "code=0", "tip=" + tip)

    def landing(self):
        r, m = self.repo, self.repo.dir
        if self.land in ("no", "none"):
            return
        if self.land == "pr":
            tip = git(m, "rev-parse", self.branch)
            os.makedirs(m + "/.git/jared/fact", exist_ok=True)
            with open(m + "/.git/jared/fact/pr", "a") as f:
                f.write("\t".join((self.branch, tip, "merged", "main", "2026-11-22T10:00:00Z", "7")) + "\n")
        elif self.land == "merge":
            git(m, "merge", "-q", "--no-ff", "-m", "merge", self.branch)
        elif self.land == "ff":
            # Its own commits, and the base branch is brought to them.
            git(self.wt, "rebase", "-q", "main")
            git(m, "merge", "-q", "--ff-only", self.branch)
        elif self.land == "rebase":
            git(m, "cherry-pick", r.base + ".." + self.branch)
        elif self.land == "reverted":
            git(self.wt, "revert", "--no-edit", r.base + "..HEAD")
        else:
            git(m, "merge", "-q", "--squash", self.branch)
            git(m, "commit", "-qm", "squash")
            if self.land == "squash-on":
                write("%s/on-%s" % (m, self.id), "on\n")
                git(m, "add", "-A")
                git(m, "commit", "-qm", "on")
            if self.land == "squash-over":
                write("%s/%s.txt" % (m, self.id), "all is new\n")
                git(m, "commit", "-qam", "over")
            if self.land == "partial":
                self.commit(self.wt, "after")

    def disturb(self):
        w, rng = self.wt, self.rng
        if self.head == "at-tip":
            git(w, "checkout", "-q", "--detach")
        if self.head in ("detached", "detached-back"):
            git(w, "checkout", "-q", "--detach")
            self.commit(w, "on no branch")
            if self.head == "detached-back":
                git(w, "checkout", "-q", self.branch)
        if self.head == "other":
            git(w, "checkout", "-q", "-b", "side-" + self.id)
            self.commit(w, "on the side")
        if self.ignored == "rubbish":
            write(w + "/node_modules/m/index.js", "x\n" * rng.randrange(99))
            write(w + "/sub/__pycache__/a.pyc", "y")
            os.symlink("m/index.js", w + "/node_modules/link")
        if self.ignored == "same":
            shutil.copy(self.repo.dir + "/.env", w + "/.env")
        if self.ignored == "link":
            os.symlink(self.repo.dir + "/.env", w + "/.env")
        if self.ignored == "precious":
            write(w + "/.env", "SECRET=%d\n" % rng.randrange(10**9), 0o600)
        if self.ignored == "precious-dir":
            write(w + "/data/x.db", "%d" % rng.randrange(10**9))
        if self.dirty == "modified":
            self.change(w, "not committed")
        if self.dirty == "staged":
            self.change(w, "staged")
            git(w, "add", "-A")
        if self.dirty == "untracked":
            write(w + "/new/file", "new\n")
        if self.dirty == "deleted":
            os.unlink(w + "/README")
        if self.dirty == "mode":
            os.chmod(w + "/README", 0o755)
        if self.dirty == "hidden":
            git(w, "update-index", rng.choice(["--assume-unchanged", "--skip-worktree"]), "README")
            write(w + "/README", "hidden\n")
        if self.dirty == "conflict-free-add":
            write(w + "/later", "")
            git(w, "add", "-N", "later")
        o = self.other
        if o == "rebase":
            git(w, "-c", "sequence.editor=sed -i 1s/pick/edit/", "rebase", "-q", "-i", self.repo.base, check=False)
        if o == "merge":
            git(w, "merge", "-q", "--no-commit", "--no-ff", "main~0", check=False)
            write(self.admin + "/MERGE_HEAD", git(w, "rev-parse", "main") + "\n")
        if o == "bisect":
            git(w, "bisect", "start")
        if o == "nested":
            run("git", "init", "-q", w + "/node_modules/inner")
            write(w + "/node_modules/inner/work", "work\n")
        if o == "process":
            self.child = subprocess.Popen(["sleep", "600"], cwd=w, stdin=subprocess.DEVNULL)
        if o == "process-fd":
            with open("%s/%s.txt" % (w, self.id)) as f:
                self.child = subprocess.Popen(["sleep", "600"], stdin=f)
        if o == "alive":
            self.child = subprocess.Popen([os.environ["BUILD"] + "/tests/helper/attempt", "-w",
                                           self.repo.dir + "/.git/jared", self.id], stdin=subprocess.DEVNULL)
            path = "%s/.git/jared/run/%s.alive" % (self.repo.dir, self.id)
            end = time.time() + 20
            while not os.path.exists(path) and time.time() < end:
                time.sleep(.01)
            time.sleep(.2)
        if o == "unlocked":
            git(self.repo.dir, "worktree", "unlock", w)
        if o == "foreign":
            write(self.admin + "/locked", "mine, hands off\n")

    def look(self):
        """All that must not be lost."""
        m = self.repo.dir
        commits = set()
        for log in (self.admin + "/logs/HEAD", "%s/.git/logs/refs/heads/%s" % (m, self.branch)):
            if os.path.exists(log):
                with open(log) as f:
                    for line in f:
                        commits.update(line.split(" ")[:2])
        asked = "".join(c + "\n" for c in sorted(commits) if c.strip("0"))
        p = subprocess.run(["git", "cat-file", "--batch-check"], cwd=m, input=asked, capture_output=True, text=True)
        commits = {l for l in p.stdout.split("\n") if l and not l.endswith("missing")}
        with open(self.admin + "/HEAD") as f:
            head = f.read()
        return {"tree": tree(self.wt), "admin": tree(self.admin), "head": head, "commits": commits,
                "branch": self.branch_now()}

    def branch_now(self):
        try:
            with open("%s/.git/refs/heads/%s" % (self.repo.dir, self.branch)) as f:
                return f.read()
        except OSError:
            return git(self.repo.dir, "rev-parse", "-q", "--verify", "refs/heads/" + self.branch, check=False) + "\n"

    def strike(self):
        """The race: between jared-clean's look and its move."""
        if self.race == "file":
            write(self.wt + "/appeared", "just now\n")
        if self.race == "ignored":
            write(self.wt + "/.env", "KEY=just-now\n")
        if self.race == "modify":
            self.change(self.wt, "just now")
        if self.race == "process":
            self.child = subprocess.Popen(["sleep", "600"], cwd=self.wt, stdin=subprocess.DEVNULL)
        if self.race == "branch":
            m = self.repo.dir
            new = git(m, "commit-tree", "-p", self.branch, "-m", "just now", self.branch + "^{tree}")
            git(m, "update-ref", "refs/heads/" + self.branch, new)

    def end(self):
        if self.child:
            self.child.kill()
            self.child.wait()

class Repo:
    def __init__(self, top):
        self.dir = top
        run("git", "init", "-q", "-b", "main", top)
        write(top + "/README", "hello\n")
        write(top + "/.gitignore", "node_modules\n*.pyc\n__pycache__\n.env\ndata/\n.worktrees/\n")
        write(top + "/.env", "SHARED=1\n")
        write(top + "/sub/keep", "")
        self.journal = top + "/.git/jared/journal/000001.tsv"
        os.makedirs(os.path.dirname(self.journal), mode=0o700, exist_ok=True)
        os.chmod(top + "/.git/jared", 0o700)
        with open("/proc/sys/kernel/random/boot_id") as f:
            self.boot = f.read()[:8] + ":1"
        self.seq = 0

    def record(self, *fields):
        self.seq += 1
        line = "\t".join(map(str, (self.seq, "2026-11-22T10:00:00Z", self.boot) + fields))
        with open(self.journal, "a") as f:
            f.write("%s\t%08x\n" % (line, zlib.crc32(line.encode())))

class Figures:
    def __init__(self):
        self.cases = self.finished = self.removed = self.removed_finished = self.restored = self.bytes = self.struck = 0
        self.bad, self.kept = [], []

    def __str__(self):
        return "cases=%d finished=%d removed=%d of-finished=%d restored=%d struck=%d bytes=%d bad=%d" % (
            self.cases, self.finished, self.removed, self.removed_finished, self.restored,
            self.struck, self.bytes, len(self.bad))

def differs(a, b):
    for key in a:
        if a[key] != b[key]:
            if isinstance(a[key], dict):
                names = {n for n in set(a[key]) | set(b[key]) if a[key].get(n) != b[key].get(n)}
                return "%s: %s" % (key, " ".join(sorted(names)[:5]))
            return "%s: %s != %s" % (key, a[key], b[key])
    return None

def look_again(case, before, what, fig):
    try:
        now = case.look()
    except OSError as e:
        now = None
        fig.bad.append("LOST %s %s: %s" % (what, case.says(), e))
    if now is not None and (d := differs(before, now)):
        fig.bad.append("LOST %s %s: %s" % (what, case.says(), d))

def race(case, fig):
    """One case by itself.  It pauses before the move; there it is stopped and struck."""
    m = case.repo.dir
    os.makedirs(m + "/.git/jared/fault", mode=0o700, exist_ok=True)
    write(m + "/.git/jared/fault/clean-move", "1500\n")
    p = subprocess.Popen(["jared-clean", "-ya", case.id], cwd=m, stdout=subprocess.DEVNULL,
                         stderr=subprocess.DEVNULL, stdin=subprocess.DEVNULL)
    mark = "%s/.git/refs/jared/archive/%s/1" % (m, case.id)
    while p.poll() is None and not os.path.exists(mark):
        time.sleep(.002)
    before = None
    if p.poll() is None:
        # git, which has just made the mark, is given the time to end.
        time.sleep(.1)
        p.send_signal(signal.SIGSTOP)
        if os.path.exists(case.wt):
            case.strike()
            before = case.look()
            fig.struck += 1
        p.send_signal(signal.SIGCONT)
    p.wait()
    os.unlink(m + "/.git/jared/fault/clean-move")
    if before is None:
        case.race = "none"
    return before

def batch(top, first, count, rng, races, fig):
    repo = Repo(top)
    cases = [Case(repo, first + i, rng, races) for i in range(count)]
    for c in cases:
        write("%s/%s.txt" % (top, c.id), "\n".join("line %d" % i for i in range(30)))
    git(top, "add", "-A")
    git(top, "commit", "-qm", "first")
    repo.base = git(top, "rev-parse", "HEAD")
    for c in cases:
        c.make()
    for c in cases:
        c.landing()
    try:
        for c in cases:
            c.disturb()
        before = {c.id: c.look() for c in cases}
        said = ""
        if races:
            for c in cases:
                before[c.id] = race(c, fig) or before[c.id]
        else:
            said = run("jared-clean", "-ya", cwd=repo.dir, check=False).stdout
        gone = [c for c in cases if not os.path.exists(c.wt)]
        for c in cases:
            fig.cases += 1
            fig.finished += c.finished()
            if c in gone and not c.finished():
                fig.bad.append("UNFINISHED %s" % c.says())
            if c not in gone and c.finished():
                fig.kept.append(c.says() + ": " + "".join(l.replace("\t", " ") for l in said.split("\n") if l.startswith(c.id + "\t")))
            fig.removed += c in gone
            fig.removed_finished += c in gone and c.finished()
        run("git", "-c", "gc.reflogExpire=now", "-c", "gc.reflogExpireUnreachable=now", "repack", "-adq", cwd=top)
        run("git", "prune", "--expire=now", cwd=top)
        for c in gone:
            if c.child:
                c.end()
            p = run("jared-clean", "--restore", c.id, cwd=top, check=False)
            if p.returncode != 0:
                fig.bad.append("NOT RESTORED %s: %s" % (c.says(), p.stderr))
            look_again(c, before[c.id], "after restore", fig)
            fig.restored += 1
            fig.bytes += sum(os.path.getsize(os.path.join(c.wt, n)) for n, e in before[c.id]["tree"].items() if e[0] == "file" and os.path.exists(os.path.join(c.wt, n)))
        for c in cases:
            if c not in gone:
                look_again(c, before[c.id], "in its place", fig)
        p = run("git", "fsck", "--no-dangling", cwd=top, check=False)
        if p.returncode != 0:
            fig.bad.append("FSCK %s: %s" % (top, p.stderr))
        if races or os.listdir(top + "/.git/jared/trash"):
            left = os.listdir(top + "/.git/jared/trash")
            if left:
                fig.bad.append("LEFT %s: %s" % (top, left))
        shutil.rmtree(top + "/.git/jared/fault", ignore_errors=True)
    finally:
        for c in cases:
            c.end()

def main():
    args = [a for a in sys.argv[1:] if not a.startswith("--")]
    races = "--race" in sys.argv
    top, count = os.path.abspath(args[0]), int(args[1])
    seed = int(args[2]) if len(args) > 2 else 20261122
    fig = Figures()
    for k, first in enumerate(range(0, count, BATCH)):
        d = "%s/r%d" % (top, k)
        had = len(fig.bad)
        batch(d, first, min(BATCH, count - first), random.Random(seed + k), races, fig)
        if len(fig.bad) == had:
            shutil.rmtree(d)
        print(fig, file=sys.stderr, flush=True)
    for line in fig.bad:
        print(line)
    for line in fig.kept:
        print("KEPT", line)
    print(fig)
    sys.exit(1 if fig.bad or fig.removed_finished < .95 * fig.finished else 0)

main()
