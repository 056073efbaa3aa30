#!/bin/sh
# bench.sh - what Jared costs, as ratios to what its work costs at least; both
# sides take turns in one run.  BUILD names the tree that is measured.

set -eu

here=$(cd "$(dirname "$0")" && pwd)
B=${BUILD:-$here/../../build}
T=$B/tests/bench
work=$B/bench
PATH=$B/bin:$PATH
JARED_TMUX_SOCKET=$(mktemp -d)/s
export PATH JARED_TMUX_SOCKET LC_ALL=C
R=${ROUNDS:-15}
rm -rf "$work/repo" "$work/trees.git"
mkdir -p "$work"
# Workers outlive their server: each is ended by its own pid.
end() {
	for dir in repo trees; do
		[ ! -d "$work/$dir/.git" ] || jared-kill -q -w 0s -C "$work/$dir" --all >/dev/null || :
	done
	[ ! -S "$JARED_TMUX_SOCKET" ] || tmux -S "$JARED_TMUX_SOCKET" kill-server || :
	rm -rf "${JARED_TMUX_SOCKET%/s}"
}
trap end EXIT
trap 'exit 1' INT TERM

# row WHAT COMMAND AGAINST COMMAND [TIMES GOAL]: median milliseconds, and how
# many times the other's, of which the work is TIMES as much
row() {
	"$T/sbs" -q -t -r "$R" "$3::$4" "$1::$2" |
		awk -F ' *\\| *' -v times="${5:-1}" -v goal="${6-}" '
		$3 ~ /^[0-9.]+$/ { what[++n] = $2; ms[n] = $3; mb[n] = $6; rc[n] = $7; x = $9 }
		END {
			printf "%-38s %9.2f ms %6.1f MB %6.2f x%s   %s, %.2f ms\n", what[2], ms[2], mb[2],
			    x / times, goal ? " (" goal ")" : "", what[1], ms[1]
			for (i = 1; i <= 2; i++)
				if (rc[i] != 0) { print what[i] " exited with " rc[i]; exit 1 }
		}'
}

for n in 1000 10000 100000; do
	corpus=$work/tasks-$n
	# A repository of its own, lest the one around it be found.
	[ -e "$corpus/.git" ] || {
		python3 "$here/../gen-tasks.py" -n $n --out "$corpus" >/dev/null
		git init -q "$corpus"
	}
	rm -rf "$corpus/.git/jared"
	queue="jared-queue -qC $corpus" before=$work/tasks-10000
	if [ $n = 100000 ]; then
		# Of 10,000 there is an index by now, and one run in which there is none.
		R=$(((R + 4) / 5))
		row "jared-queue, $n tasks, first run" "$queue" \
		    "10000" "env JARED_STATE=$work/none jared-queue -qC $before" 10 1.15
		jared-snap -q -C "$corpus" >/dev/null
		row "jared-queue, $n tasks" "$queue" "10000" "jared-queue -qC $before" 10 1.15
		R=${ROUNDS:-15}
		continue
	fi
	row "jared-queue, $n tasks, first run" "$queue" "reading them" "$T/floor read $corpus" 1 1.60
	jared-snap -q -C "$corpus" >/dev/null
	if [ $n = 1000 ]; then
		row "jared-queue, $n tasks" "$queue" "reading them" "$T/floor read $corpus" 1 0.70
	else
		row "jared-queue, $n tasks" "$queue" "stat of them" "$T/floor stat $corpus" 1 1.30
	fi
done

mkdir -p "$work/repo/tasks/workstreams/w/tasks"
cd "$work/repo"
git init -q -b main .
git config user.name Bench && git config user.email bench@example.invalid
cat >jared.yaml <<END
agent: sh
command: [sleep, "3600"]
max_workers: 60
start_timeout: 120s
END
git add -A && git commit -qm Bench
jared-heartbeat >/dev/null
row "a beat with nothing to do" jared-heartbeat \
    "six spawns of true" "/bin/true; /bin/true; /bin/true; /bin/true; /bin/true; /bin/true"

n=0
while [ $((n += 1)) -le 60 ]; do
	printf -- '---\ntitle: Task %s\nstatus: ready\n---\n' $n >tasks/workstreams/w/tasks/t$n.md
done
# Thirty without a terminal to read, thirty with one that shows a recorded screen.
screens=$(cd "$here/../fixtures/agents/screens" && pwd)
mkdir -p "$work/fakes"
cat >"$work/fakes/claude" <<END
#!/bin/sh
stty -echo
printf '\033]2;Claude Code\007'
cat "$screens/claude-working-streaming.txt"
exec sleep 3600
END
chmod +x "$work/fakes/claude"
PATH=$work/fakes:$PATH
jared-queue | jared-pick -q | head -n 30 >claude.tsv
cat >jared.yaml <<END
agent: claude
mode: interactive
max_workers: 60
start_timeout: 120s
END
jared-dispatch <claude.tsv >/dev/null
git checkout -q jared.yaml
jared-queue | jared-pick -q | jared-dispatch >/dev/null
sleep 2
row "jared-watch, $(jared-watch -s working | wc -l) workers at work" jared-watch \
    "tmux list-panes" "tmux -S $JARED_TMUX_SOCKET list-panes -a -F #{pane_id}" |
	awk '{ print; for (i = 1; i < NF; i++) if ($(i + 1) == "ms") ms[++n] = $i }
		END { more = ms[1] - ms[2]; printf "%34s %9.2f ms more than list-panes\n", "", more; exit more > 20 }'
if command -v strace >/dev/null; then
	strace -f -qq -e trace=execve -e signal=none -o trace jared-watch >/dev/null
	echo "$(grep -c 'execve(.*= 0$' trace) programs run by a look, itself among them"
fi
row "a beat with 60 workers" jared-heartbeat \
    "tmux list-panes" "tmux -S $JARED_TMUX_SOCKET list-panes -a -F #{pane_id}"

# Fifty workers started at once, worktrees and all, against fifty worktrees made by
# git one after the other, half of them before and half after.  What one of the two
# left to be written to the disk is not for the other to pay.
jared-kill -q -w 0s --all >/dev/null
tmux -S "$JARED_TMUX_SOCKET" kill-server
trees=$work/trees
rm -rf "$trees"
mkdir -p "$trees/tasks/workstreams/w/tasks"
cd "$trees"
git init -q -b main .
git config user.name Bench && git config user.email bench@example.invalid
cp "$work/repo/jared.yaml" .
awk -v n="${FILES:-1000}" 'BEGIN {
	for (i = 0; i < n; i++) {
		dir = "src/" i % 40
		if (i < 40) system("mkdir -p " dir)
		for (k = i % 200 + 40; k; k--) print "line " k " of file " i >dir "/" i ".c"
		close(dir "/" i ".c")
	}
}'
n=0
while [ $((n += 1)) -le 50 ]; do
	printf -- '---\ntitle: Task %s\nstatus: ready\n---\n' $n >tasks/workstreams/w/tasks/t$n.md
done
git add -A && git commit -qm Bench
# by_git FROM TO: nanoseconds
by_git() {
	sync
	a=$(date +%s%N)
	for n in $(seq "$1" "$2"); do
		git worktree add -q --no-track -b "g$n" "../trees.git/$n"
	done
	echo $(($(date +%s%N) - a))
}
first=$(by_git 1 25)
sync
a=$(date +%s%N)
seq -f t%g 1 50 | xargs jared-dispatch >/dev/null || {
	echo "bench: not all workers were started" >&2
	exit 1
}
by_us=$(($(date +%s%N) - a))
by_git=$((first + $(by_git 26 50)))
echo "$by_us $by_git" | awk '{ printf "%-34s %9.2f ms   %5.2f x   %s, %.2f ms\n",
	"50 workers and their worktrees", $1 / 1e6, $1 / $2, "git worktree add", $2 / 1e6 }'
jared-kill -q -w 0s --all >/dev/null
rm -rf "$work/trees.git"
