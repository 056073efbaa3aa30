# shellcheck shell=bash
# For tests that need attempts in the journal without starting any.

# crc32 TEXT: 8 hex digits, as gzip has it (RFC 1952, section 8), in $crc.  Each
# step would cost a hundredfold in the trap by which bats knows where a test is.
crc32() {
	local -
	set +T
	crc32_of "$1"
}

crc32_of() {
	local LC_ALL=C sum=$((0xffffffff)) i k c
	if [ -z "${crc_table-}" ]; then
		for ((i = 0; i < 256; i++)); do
			for ((c = i, k = 0; k < 8; k++)); do c=$((c & 1 ? c >> 1 ^ 0xedb88320 : c >> 1)); done
			crc_table[i]=$c
		done
	fi
	for ((i = 0; i < ${#1}; i++)); do
		printf -v c %d "'${1:i:1}"
		sum=$((sum >> 8 ^ crc_table[(sum ^ c) & 255]))
	done
	printf -v crc %08x $((sum ^ 0xffffffff))
}

# record ID ATTEMPT EVENT [key=value...]: append to the journal of the
# repository here, at $JARED_NOW or now, without a process: many tests need many.
record() {
	local IFS=$'\t' file=.git/jared/journal/000001.tsv now=${JARED_NOW-} boot lines crc
	[ -e "$file" ] || (umask 077 && mkdir -p "${file%/*}" && : >"$file")
	mapfile -t lines <"$file"
	[ -n "$now" ] || printf -v now '%(%FT%TZ)T' -1
	read -r -N 8 boot </proc/sys/kernel/random/boot_id
	set -- "$((${#lines[@]} + 1))" "$now" "$boot:1" "$@"
	crc32 "$*"
	printf '%s\t%s\n' "$*" "$crc" >>"$file"
}

# exited ID ATTEMPT [key=value...]: an attempt that was made and is over
exited() {
	local id=$1 n=$2
	shift 2
	record "$id" "$n" claim "base=$(git rev-parse HEAD)" onto=main "branch=jared/$id/$n" \
	    "worktree=.worktrees/$id" "session=jared-$id-$n" agent=sh "title=Task $id"
	record "$id" "$n" running pid=1 start=1
	record "$id" "$n" exited "$@"
}
