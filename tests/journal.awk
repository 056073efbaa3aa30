# journal.awk - an independent model of the journal; shares nothing with lib/.
#
#   awk -v cap=5 -f journal.awk STATE/journal/*.tsv
#
# Says each breach as "line: what" and exits 1; else prints the number of
# claims, of starts, and the most places that were ever taken at once.
BEGIN { FS = "\t" }

function bad(what) { printf "%d: %s %s.%s: %s\n", NR, $6, id, n, what; breaches++ }
function became(state) { at[id] = state }
function mark() { return event ~ /^(queue|hold|park|unpark)$/ }
function leaves() { occupied-- }

{ id = $4; n = $5; event = $6 }
NF < 7 || $NF !~ /^[0-9a-f]+$/ || length($NF) != 8 { bad("not a record"); next }
$1 != NR { bad("sequence is " $1) }
event ~ /^(cleaned|restored|purged)$/ {
	if (event == "cleaned" ? gone[id "." n] : !gone[id "." n]) bad("it is" (gone[id "." n] ? "" : " not") " gone")
	if (n == last[id] && (at[id] == "claimed" || at[id] == "running")) bad("is " at[id])
	gone[id "." n] = event != "restored"; next
}
event != "claim" && n != last[id] + 0 { bad("the newest is " last[id] + 0) }

event == "claim" {
	if (at[id] == "claimed" || at[id] == "running") bad("while " last[id] " is " at[id])
	if (n + 0 <= last[id] + 0) bad("after " last[id])
	if (++occupied > most) most = occupied
	if (cap && occupied > cap) bad(occupied " places are taken")
	last[id] = n; claims++; became("claimed"); next
}
event == "running" { if (at[id] != "claimed") bad("was " at[id]); starts++; became("running"); next }
event == "resumed" { if (at[id] != "running") bad("was " at[id]); next }
event == "released" { if (at[id] != "claimed") bad("was " at[id]); leaves(); became(event); next }
event == "exited" || event == "interrupted" {
	if (at[id] != "running") bad("was " at[id])
	leaves(); became(event); next
}
event == "landed" { if (at[id] != "exited") bad("was " at[id]); became(event); next }
mark() { if (at[id] == "claimed" || at[id] == "running") bad("is " at[id]); next }
{ bad("no such event") }

END {
	if (breaches) exit 1
	printf "%d claims, %d starts, at most %d at once\n", claims, starts, most
}
