# complete.awk -v shell=bash|zsh|fish [-v tool=TOOL] - completions, made of what
# table.sh prints.  With a tool only its own (fish looks for a file for each).
# A command without options is jared's own and no program.

BEGIN { FS = "\t" }
$1 == "about"   { about[$2] = $3; order[++n] = $2 }
$1 == "option"  { k = ++options[$2]; letter[$2, k] = $3; long[$2, k] = $4; kind[$2, k] = $5; text[$2, k] = $6 }
$1 == "verb"    { k = ++verbs[$2]; verb[$2, k] = $3; means[$2, k] = $4 }
$1 == "operand" { ids[$2] = 1 }
# What has help of its own and is not in the list.
$1 != "about" && !($2 in about) && !($2 in also) { also[$2] = 1; order[++n] = $2 }

function words(k)   { return substr(k, 7) }
function single(s)  { gsub(/'/, "'\\''", s); return s }

function bash(   i, k, t, o, kinds, v, all) {
	print "# bash completion of jared and its tools; made from what they print as help"
	print "declare -gA _jared_options _jared_kinds _jared_verbs _jared_ids"
	for (i = 1; i <= n; i++) {
		t = order[i]; o = v = ""
		all = all (t in about ? " " substr(t, 7) : "")
		for (k = 1; k <= options[t]; k++) {
			o = o " -" letter[t, k] " --" long[t, k]
			if (kind[t, k] != "none") {
				printf "_jared_kinds[%s:-%s]='%s'\n", t, letter[t, k], single(kind[t, k])
				printf "_jared_kinds[%s:--%s]='%s'\n", t, long[t, k], single(kind[t, k])
			}
		}
		for (k = 1; k <= verbs[t]; k++) v = v " " verb[t, k]
		printf "_jared_options[%s]='%s'\n", t, substr(o, 2)
		if (v) printf "_jared_verbs[%s]='%s'\n", t, substr(v, 2)
		if (t in ids) printf "_jared_ids[%s]=1\n", t
	}
	printf "_jared_commands='%s help'\n", substr(all, 2)
	while ((getline line < functions) > 0) print line
	printf "complete -F _jared jared"
	for (i = 1; i <= n; i++) if (options[order[i]]) printf " %s", order[i]
	print ""
}

function zsh_text(s) { gsub(/\[|\]|:|\\/, "\\\\&", s); return single(s) }
function zsh_kind(k) {
	return k == "none" ? "" : k == "dir" ? ":directory:_files -/" : k == "file" ? ":file:_files" : k == "id" ? ":task:_jared_ids" : k ~ /^words / ? ":value:_values -s , value " single(words(k)) : ":value: "
}
function zsh(   i, k, t) {
	printf "#compdef jared"
	for (i = 1; i <= n; i++) if (options[order[i]]) printf " %s", order[i]
	print "\n# zsh completion of jared and its tools; made from what they print as help\n"
	print "_jared_ids() { local -a ids; ids=(${(f)\"$(jared-queue -q -o id 2>/dev/null)\"}); _describe task ids }"
	print "_jared_tool() {\n\tcase $1 in"
	for (i = 1; i <= n; i++) {
		t = order[i]
		printf "\t%s) _arguments -s -S", t
		for (k = 1; k <= options[t]; k++)
			printf " \\\n\t\t'(-%s --%s)'{-%s,--%s}'[%s]%s'", letter[t, k], long[t, k], letter[t, k],
			    long[t, k] (kind[t, k] == "none" ? "" : "="), zsh_text(text[t, k]), zsh_kind(kind[t, k])
		if (verbs[t]) {
			printf " \\\n\t\t'1:verb:(("
			for (k = 1; k <= verbs[t]; k++) {
				s = means[t, k]; gsub(/[^A-Za-z0-9 .,]/, "", s); gsub(/ /, "\\ ", s)
				printf "%s%s\\:%s", (k > 1 ? " " : ""), verb[t, k], s
			}
			printf "))'"
		}
		if (t in ids) printf " \\\n\t\t'*:task:_jared_ids'"
		print " ;;"
	}
	print "\tesac\n}\n\n_jared() {\n\tlocal tool=$service\n\tif [[ $service = jared ]]; then"
	print "\t\tif (( CURRENT == 2 )); then\n\t\t\tlocal -a commands\n\t\t\tcommands=("
	for (i = 1; i <= n; i++)
		if (order[i] in about) printf "\t\t\t\t'%s:%s'\n", substr(order[i], 7), zsh_text(about[order[i]])
	print "\t\t\t\t'help:show the page of a command')\n\t\t\t_describe command commands; return\n\t\tfi"
	print "\t\ttool=jared-$words[2]\n\t\tshift words; (( CURRENT-- ))\n\tfi\n\t_jared_tool $tool\n}\n\n_jared \"$@\""
}

function fish_text(s) { gsub(/\\/, "\\\\", s); gsub(/'/, "\\'", s); return s }
function fish_kind(k) {
	return k == "none" ? "" : k == "dir" ? " -x -a '(__fish_complete_directories)'" : k == "file" ? " -r -F" : k == "id" ? " -x -a '(jared-queue -q -o id 2>/dev/null)'" : k ~ /^words / ? " -x -a '" words(k) "'" : " -x"
}
function fish_tool(t, command, when,   k) {
	printf "complete -c %s%s -f\n", command, when
	for (k = 1; k <= options[t]; k++)
		printf "complete -c %s%s -s %s -l %s%s -d '%s'\n", command, when, letter[t, k], long[t, k],
		    fish_kind(kind[t, k]), fish_text(text[t, k])
	for (k = 1; k <= verbs[t]; k++)
		printf "complete -c %s%s -a %s -d '%s'\n", command, when, verb[t, k], fish_text(means[t, k])
	if (t in ids) printf "complete -c %s%s -a '(jared-queue -q -o id 2>/dev/null)' -d task\n", command, when
}
function fish(   i, t, name) {
	print "# fish completion; made from what the tools print as help"
	if (tool != "jared") { fish_tool(tool, tool, ""); return }
	print "complete -c jared -f"
	for (i = 1; i <= n; i++) {
		t = order[i]; name = substr(t, 7)
		if (!(t in about)) continue
		printf "complete -c jared -n __fish_use_subcommand -a %s -d '%s'\n", name, fish_text(about[t])
		fish_tool(t, "jared", " -n '__fish_seen_subcommand_from " name "'")
	}
	print "complete -c jared -n __fish_use_subcommand -a help -d 'show the page of a command'"
}

END {
	if (shell == "bash") bash()
	else if (shell == "zsh") zsh()
	else if (shell == "fish") fish()
}
