# shellcheck shell=sh disable=SC2154
# jared-skills install and check.

# SOURCE<TAB>PLACE of each file; a command is a skill to Codex, unless there is one.
places() {
	for source in "$from"/*/SKILL.md "$from"/commands/*.md; do
		name=${source%/SKILL.md} name=${name##*/} name=${name%.md}
		case $source in
		*/SKILL.md) printf '%s\t%s\n' "$source" ".codex/skills/$name/SKILL.md" \
			"$source" ".claude/skills/$name/SKILL.md" ;;
		*)	printf '%s\t%s\n' "$source" ".claude/commands/$name.md"
			[ -e "$from/$name/SKILL.md" ] ||
				printf '%s\t%s\n' "$source" ".codex/skills/$name/SKILL.md" ;;
		esac
	done
}
# What belongs at a place.
text() {
	cat -- "$1"
	case $2 in */jared/SKILL.md)
		for at in .codex/skills .claude/skills; do
			[ ! -e "$at"/qa-explorer/SKILL.md ] || { echo "
See also the skill \`qa-explorer\` of this repository: $at/qa-explorer/SKILL.md"; break; }
		done
	esac
}
agents() {
	{ [ ! -e AGENTS.md ] || cat AGENTS.md; } | awk -v block="$(cat "$from/AGENTS.md")" '
		/^<!-- jared:begin -->$/ { if (!done++) print block; inside = 1 }
		!inside { print; last = $0 }
		/^<!-- jared:end -->$/ { inside = 0 }
		END { if (!done) { if (last != "") print ""; print block } }'
}
ours() { [ ! -e "$1" ] || grep -qsxF -- "$1" "$list"; }

# put PLACE: what is on standard input, whole or not at all
put() {
	[ -n "$quiet" ] || echo "$1"
	[ -z "$dry" ] || return 0
	case $1 in */*) mkdir -p -- "${1%/*}" ;; esac
	if ! cat >"$1.$$" || ! mv -f -- "$1.$$" "$1"; then
		rm -f -- "$1.$$"
		say "cannot write '$1'"
		exit 3
	fi
}

install_skills() {
	places >"$tmp/places"
	tab=$(printf '\t')
	: >"$tmp/list"
	while IFS=$tab read -r source place; do
		text "$source" "$place" >"$tmp/text"
		if ! ours "$place" && ! cmp -s "$tmp/text" "$place"; then
			say "$place is yours and was left alone"
			continue
		fi
		echo "$place" >>"$tmp/list"
		cmp -s "$tmp/text" "$place" || put "$place" <"$tmp/text"
	done <"$tmp/places"
	agents >"$tmp/text"
	cmp -s "$tmp/text" AGENTS.md || put AGENTS.md <"$tmp/text"
	cmp -s "$tmp/list" "$list" || put "$list" <"$tmp/list"
}

# differs PLACE: say how, from what should be there
differs() {
	status=1
	say "$1 $2; jared-skills install puts it right"
	[ -n "$quiet" ] || diff -u "$1" "$tmp/text" 2>/dev/null | sed -n '3,20p' || :
}

check_skills() {
	status=0
	[ -e "$list" ] || { say 'nothing is installed; jared-skills install does it'; exit 1; }
	places >"$tmp/places"
	tab=$(printf '\t')
	while IFS=$tab read -r source place; do
		text "$source" "$place" >"$tmp/text"
		if [ ! -e "$place" ]; then differs "$place" 'is missing'
		elif ours "$place" && ! cmp -s "$tmp/text" "$place"; then differs "$place" 'was changed'
		fi
	done <"$tmp/places"
	agents >"$tmp/text"
	cmp -s "$tmp/text" AGENTS.md || differs AGENTS.md 'was changed'
	exit $status
}
