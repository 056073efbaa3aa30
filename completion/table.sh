#!/bin/sh
# table.sh BIN - what the tools in BIN take, from what their --help prints:
#
#   about    TOOL WHAT
#   option   TOOL LETTER LONG KIND WHAT
#   verb     TOOL WORD WHAT
#   operand  TOOL                 its operands are ids
#
# with TABs between.  KIND is what the option's argument is: none, dir, file,
# id, any, or "words" and a list of them, which the tool tells when asked.

set -eu
bin=$1
tab=$(printf '\t')

# The words for an option's argument, or nothing.
words() {
	case $2 in
	columns) "$bin/$1" -L 2>/dev/null || :; exit ;;
	status)	;;
	owner)	echo me any; exit ;;
	*)	exit ;;
	esac
	# Only a tool itself knows its states, and says so of a wrong one.
	why=$("$bin/$1" "--$2" '?' 2>&1 </dev/null) || :
	case $why in *', valid: '*) echo "${why##*, valid: }" | tr -d , ;; esac
}

"$bin/jared" help | sed -n "s/^\([a-z][a-z]*\)  *\(.*\)/about${tab}jared-\1${tab}\2/p" |
	grep -v "^about${tab}jared-usage"
for tool in "$bin"/jared-*; do
	tool=${tool##*/}
	"$bin/$tool" --help | awk -v OFS="$tab" -v tool="$tool" '
		/^(usage:|      )/ && / \[?(task|id)( |\]|$)/ { ids = 1 }
		match($0, /^  [a-z]+  +/) { print "verb", tool, $1, substr($0, RLENGTH + 1) }
		match($0, /^  -[A-Za-z], --[a-z-]+/) {
			head = substr($0, 1, RLENGTH); rest = substr($0, RLENGTH + 1)
			split(head, name, /, --/)
			kind = "none"
			if (match(rest, /^ [^ ]+/)) {
				what = substr(rest, 2, RLENGTH - 1); rest = substr(rest, RLENGTH + 1)
				kind = "any"
				if (what == "DIR") kind = "dir"
				if (what == "FILE") kind = "file"
				if (what == "TASK,...") kind = "id"
			}
			sub(/^ +/, "", rest)
			print "option", tool, substr(name[1], 4, 1), name[2], kind, rest
		}
		END { if (ids) print "operand", tool }'
done | while IFS=$tab read -r what tool letter long kind text; do
	if [ "$kind" = any ]; then
		list=$(words "$tool" "$long" | tr '\n' ' ')
		[ -z "$list" ] || kind="words ${list% }"
	fi
	printf '%s\t%s' "$what" "$tool"
	for field in "$letter" "$long" "$kind" "$text"; do
		[ -z "$field" ] || printf '\t%s' "$field"
	done
	echo
done
