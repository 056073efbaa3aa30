"""edits.py DIRECTORY ROUNDS SEED: edit the task files in it at random, now and
then jared-snap, and compare what jared-queue says with and without the index."""
import difflib, os, random, subprocess, sys, time

top, rounds, seed = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
r = random.Random(seed)
index = ".git/jared/snap/index"
log = []

def ask():
    out = b""
    for form in [], ["-j"]:
        p = subprocess.run(["jared-queue"] + form, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        out += p.stdout + b"%d\n" % p.returncode
    return out

def files():
    return sorted(f for f in os.listdir(top) if f.endswith(".md"))

def path(name):
    return os.path.join(top, name)

def text(name):
    status = r.choice(["ready", "draft", "done", "wip", "READY"])
    deps = ", ".join(f[:-3] for f in r.sample(files(), min(len(files()), r.randrange(3))))
    return "---\ntitle: %s\nstatus: %s\ndepends_on: [%s]\n%s---\nBody.\n" % (
        r.choice(["A", "B", '"C: d"', "E  # f"]), status, deps, r.choice(["", "id: same\n", "owner: bo\n", "a: [b\n"]))

def write(name, data):
    with open(path(name), "w") as f:
        f.write(data)

def edit(name): write(name, text(name))
def touch(name): os.utime(path(name))
def flip(name):
    data = open(path(name)).read()
    at = r.randrange(len(data)) if data else 0
    with open(path(name), "r+") as f:
        f.seek(at)
        f.write(r.choice("abr\n-"))
def hidden(name):
    st = os.stat(path(name))
    flip(name)
    os.utime(path(name), ns=(st.st_atime_ns, st.st_mtime_ns))
def replace(name):
    with open("new", "w") as f:
        f.write(text(name))
    os.rename("new", path(name))
def swap(name):
    other = r.choice(files())
    if other != name:
        os.rename(path(name), "x"); os.rename(path(other), path(name)); os.rename("x", path(other))
def remove(name): os.unlink(path(name))
def link(name):
    os.unlink(path(name)); os.symlink(r.choice(["../../../../README", "gone", "n1.md"]), path(name))
def hard(name):
    os.link(path(name), path("h%d.md" % r.randrange(10**6)))
def mode(name): os.chmod(path(name), r.choice([0, 0o644]))
def new(name): edit("new%d.md" % r.randrange(40))

for n in range(rounds):
    for _ in range(r.randrange(1, 4)):
        if not files():
            edit("n1.md")
        name = r.choice(files())
        how = new if os.path.islink(path(name)) and r.random() < .5 else r.choice(
            [edit, edit, touch, flip, flip, hidden, replace, swap, remove, link, hard, mode, new])
        try:
            how(name)
        except (FileNotFoundError, UnicodeDecodeError, PermissionError, OSError):
            pass
        log.append("%s %s" % (how.__name__, name))
    if r.random() < .3:
        time.sleep(.01)
    known = ask()
    if os.path.exists(index):
        os.rename(index, "away")
    bare = ask()
    if os.path.exists("away"):
        os.rename("away", index)
    if known != bare:
        sys.stdout.writelines(difflib.unified_diff(*(
            t.decode(errors="replace").splitlines(True) for t in (bare, known)), "without", "with", n=0))
        sys.exit("seed %d, round %d: %s" % (seed, n, "; ".join(log[-8:])))
    if r.random() < .5:
        subprocess.run(["jared-snap"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
