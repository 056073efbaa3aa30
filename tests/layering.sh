#!/bin/sh
# layering.sh [BUILD] - who may do what in the sources around this script,
# and, of the programs in BUILD, what they are able to do.

set -u
cd "$(dirname "$0")/.." || exit 2

# A module includes only what stands above it.
order='
	die mem buf num order clock hash overlap tsv utf8 json term table progress pattern linediff textout base64 typed osc legible
	fs program swap remove lock fault procid herd beneath proc pty ports seed wake who fresh
	prefix history git glass server tmux front
	repo plain valid config layout layout_in rules profile profile_in scalar edited edit githook
	taskid named task task_in indexfile index indexer reading walk tasks team graph
	taskedit newtask taskcheck ledger salvage journal fact
	lease tree setup run runspec fence exits inbox about witness hooklog agentfile evidence
	runstate view sign brake state relay agentstate linger pace eyes mail resume tend super capacity naming
	rec rec_in follow tell pick limit queue retask look conflict fleet fleet_rec tombs drift drift_debris signals pack landed settle stop dispatcher claim
	survey linked treefiles strays trash cleanable clean restore cleanrec dryrun
	workerenv byhand runfiles launch snapdir snap episode snaplist change overview overview_notice overview_text repair checkup checkup_state take times tally
'
bad=0
say() { echo "layering: $*"; bad=1; }

# The code without its comments, as FILE:LINE:TEXT.
tmp=$(mktemp -d) || exit 2
trap 'rm -rf "$tmp"' EXIT
code=$tmp/code
awk '
	FNR == 1 { open = 0 }
	{
		left = $0; out = ""
		while (left != "") {
			if (open) {
				if (!(at = index(left, "*/"))) break
				left = substr(left, at + 2); open = 0
			} else if (match(left, /"(\\.|[^"\\])*"|\047(\\.|[^\047\\])*\047|\/\*/)) {
				open = substr(left, RSTART, RLENGTH) == "/*"
				out = out substr(left, 1, RSTART - 1 + (open ? 0 : RLENGTH))
				left = substr(left, RSTART + RLENGTH)
			} else {
				out = out left; left = ""
			}
		}
		if (out != "") print FILENAME ":" FNR ":" out
	}' lib/*.[ch] bin/*.c >"$code"

# only WHAT REGEX FILES-REGEX: the pattern stands in these files alone
only() {
	if grep -E "^[^:]*:[0-9]*:.*($2)" "$code" | grep -vE "^($3):" >&2; then
		say "$1"
	fi
}
w='(^|[^A-Za-z0-9_])'
only 'only die ends the process' "$w(exit|quick_exit|abort)\(|$w(error|errx?|verrx?)\(" 'lib/die\.[ch]'
only 'only pty ends a forked child' "${w}_[eE]xit\(" 'lib/pty\.c'
only 'only front sees libyaml' '<yaml\.h>' 'lib/front\.c'
only 'only proc spawns' "${w}posix_spawnp?\(" 'lib/proc\.c'
only 'only pty forks' "$w(fork|vfork|forkpty|clone3?)\(" 'lib/pty\.c'
only 'only pty executes' "${w}(exec[lv]p?e?|execvpe|fexecve|execveat)\(" 'lib/pty\.c'
only 'nothing goes through a shell' "$w(system|popen|wordexp)\(|\"sh\"|/sh\"|sh -c" -
only 'only rec and tsv print a tab' "${w}[a-z_]*(print|put|write|warn|die|buf_)[a-z_]*\(.*\\\\t" 'lib/(rec|tsv)\.c'
only 'only journal and hooklog append' "${w}O_APPEND|fopen\(.*\"a" 'lib/(journal|hooklog)\.c'
only 'process-wide locks are lost at any close' "${w}F_(SETLKW?|GETLK)" -
only 'the locale stays C' "${w}setlocale\(" -
only 'not in this house' "$w(atoi|atol|strtok|alloca|gets|sprintf)\(" -

# Includes against the order.  A module's own header is the first, which
# proves with every compilation that it leans on no other.
awk -v order="$order" '
	BEGIN {
		n = split(order, module, " ")
		for (i = 1; i <= n; i++) rank[module[i]] = i
	}
	FNR == 1 {
		self = FILENAME
		gsub(/.*\/|\..*/, "", self)
		first = FILENAME ~ /\.c$/
		if (FILENAME ~ /\.h$/) header[self] = 1
		if (!rank[self]) print FILENAME ": no place in the order"
	}
	/^#include/ {
		if (first && header[self] && $2 != "\"" self ".h\"")
			print FILENAME ": includes something before its own header"
		first = 0
		if (!match($2, /^".*\.h"$/)) next
		other = substr($2, 2, RLENGTH - 4)
		if (other != self && !(rank[other] && rank[other] < rank[self]))
			print FILENAME ": includes " other ".h, which does not stand above it"
	}' lib/*.h lib/*.c >"$tmp/includes"
while read -r complaint; do
	say "$complaint"
done <"$tmp/includes"

# Every tool is documented and tested.
grep -ohE '[a-z-]*jared[a-z-]*' tests/*.bats | sort -u >"$tmp/named"
for file in bin/*.c bin/*.sh; do
	[ -e "$file" ] || continue
	tool=${file##*/}; tool=${tool%.*}
	[ -e "man/$tool.1" ] || [ -e "man/$tool.8" ] || say "$tool: no man page"
	grep -qxF -- "$tool" "$tmp/named" || say "$tool: no test names it"
done

# A static library links only what is called, so the symbol table of a
# program tells what it is able to do, be it linked to libc or with it.
cannot() {
	able=$(nm "$2" | sed -nE "s/.* [UTWVi] ($3)(@.*)?$/ \1/p" | tr -d '\n')
	[ -z "$able" ] || say "$(basename "$2"): must not $1, yet links$able"
}
for tool in queue pick watch why status; do
	program=${1-}/bin/jared-$tool
	[ -x "$program" ] || continue
	cannot 'rename or remove' "$program" 'rename|renameat2?|unlink|unlinkat|remove|rmdir|ftruncate|truncate'
	case $tool in watch|why|status) continue ;; esac
	cannot 'start programs' "$program" 'posix_spawnp?|v?fork|forkpty|exec[lv]p?e?|execvpe|fexecve|system|popen'
done
exit $bad
