# shellcheck shell=bash
# For tests that need attempts in the journal without starting any.

# crc32 TEXT: 8 hex digits, from the trailer of gzip (RFC 1952)
crc32() { printf %s "$1" | gzip -c | tail -c 8 | head -c 4 | od -An -tx1 | awk '{ print $4 $3 $2 $1 }'; }

# record ID ATTEMPT EVENT [key=value...]: append to the journal of the
# repository here, at $JARED_NOW or now
record() {
	local dir=.git/jared/journal line
	(umask 077 && mkdir -p "$dir" && : >>"$dir/000001.tsv")
	line=$(tsv "$(($(wc -l <"$dir/000001.tsv") + 1))" "${JARED_NOW:-$(date -u +%FT%TZ)}" \
	    "$(head -c 8 /proc/sys/kernel/random/boot_id):1" "$@")
	tsv "$line" "$(crc32 "$line")" >>"$dir/000001.tsv"
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
