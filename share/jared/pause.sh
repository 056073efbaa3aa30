# shellcheck shell=sh disable=SC2154
# jared-heartbeat pause and resume: a person stops the starting, or lets it go on.

pause() {
	refuse_worker
	[ -z "$loop$dry$quiet$verbose" ] || misuse "$1 takes no option but -C and -F"
	[ "$1" = pause ] || resume "$@"
	make_state
	shift
	[ ! -e "$JARED_STATE/pause" ] || { say 'paused already'; exit 0; }
	why=$(printf '%s' "$*" | tr '[:cntrl:]\134' ' ')
	printf '%s\t%s\t%s\n' "$(date -u +%Y-%m-%dT%H:%M:%SZ)" "${LOGNAME:-$(id -un)}" "${why:--}" \
		>"$JARED_STATE/.pause.$$" && mv -f "$JARED_STATE/.pause.$$" "$JARED_STATE/pause"
	exit
}

# What failed before stays known as brake.last: it is not counted again.
resume() {
	[ $# -eq 1 ] || { shift; misuse "resume takes no '$*'"; }
	find_state
	status=1
	for sentinel in pause brake; do
		[ -e "$JARED_STATE/$sentinel" ] || continue
		rm -f "$JARED_STATE/$sentinel" || exit 3
		say "$sentinel removed"
		status=0
	done
	[ $status -eq 0 ] || say 'neither paused nor braked'
	exit $status
}
