load lib.bash
setup() { setup_world; }

# Values and where they come from: tests/unit/config.c.  Here: what is said
# about those that are wrong.
refused() {
	run -3 --separate-stderr jared-queue
	[ -z "$output" ]
	[ "$stderr" = "jared-queue: $1" ] || {
		echo "got:  $stderr"
		echo "want: jared-queue: $1"
		return 1
	}
}

@test "an unknown key names its line and the valid ones" {
	printf 'max_workers: 3\nmax_worker: 4\n' >jared.yaml
	run -3 --separate-stderr jared-queue
	[[ $stderr == "jared-queue: jared.yaml:2: unknown key 'max_worker', valid keys: agent, attempts, "*", worktrees" ]]
}

@test "every documented key is known, and no other" {
	run -3 --separate-stderr env - PATH="$PATH" sh -c 'echo x: 1 >jared.yaml; jared-queue'
	echo "${stderr##*valid keys: }" | tr -d ' ' | tr , '\n' | sort >known
	mandoc -Tascii "$BATS_TEST_DIRNAME/../man/jared.7" | col -b |
		sed -n '/^CONFIGURATION/,/^   Agent profiles/p' >text
	while read -r key; do
		grep -qw "$key" text || { echo "not in jared(7): $key"; return 1; }
	done <known
}

@test "a bad value names its line, key and the choices" {
	# LINE|MESSAGE
	while IFS='|' read -r line want; do
		printf '# one\n%s\n' "$line" >jared.yaml
		refused "jared.yaml:2: bad $want"
	done <<-'END'
	max_workers: four|max_workers 'four', valid: a number from 0 to 1000
	max_workers: -1|max_workers '-1', valid: a number from 0 to 1000
	max_workers: 99999999999999999999|max_workers '99999999999999999999', valid: a number from 0 to 1000
	max_workers: [1]|max_workers , valid: one value
	start_timeout: soon|start_timeout 'soon', valid: a duration such as 90s, 10m, 4h or 7d, from 1s to 3600s
	start_timeout: 2h|start_timeout '2h', valid: a duration such as 90s, 10m, 4h or 7d, from 1s to 3600s
	retry: never|retry 'never', valid: resume, fresh
	mode: batch|mode 'batch', valid: interactive, headless
	keep_leftovers: yes|keep_leftovers 'yes', valid: false, true
	agent: ../sh|agent '../sh', valid: a name of letters, digits, '.', '_' and '-'
	layout: /etc/passwd|layout '/etc/passwd', valid: a name of letters, digits, '.', '_' and '-'
	worktrees: ../x|worktrees '../x', valid: a path below the repository, without '..'
	tasks_dir: /tmp|tasks_dir '/tmp', valid: a path below the repository, without '..'
	tasks_dir: a/../b|tasks_dir 'a/../b', valid: a path below the repository, without '..'
	base: a..b|base 'a..b', valid: a branch name
	branch_prefix: -x|branch_prefix '-x', valid: a branch name
	command: make check|command 'make check', valid: a list of words, such as [make, check]
	setup: make|setup 'make', valid: a command, such as [make, deps], or a list of commands, [[npm, ci], [make, deps]]
	max_by: 3|max_by '3', valid: a map, such as {owner: 2}
	max_by: {owner: x}|max_by 'owner', valid: COLUMN: NUMBER pairs, such as {owner: 2}
	gate: make|gate 'make', valid: a map, such as {owner: 2}
	owner: "a\tb"|owner 'a?b', valid: text without control characters
	END
}

@test "a file that is no YAML, or no map, says where" {
	printf 'a: b: c\n' >jared.yaml
	refused "jared.yaml:1: a value with ': ' in it must stand in quotes"
	printf 'attempts: 1\nattempts: 2\n' >jared.yaml
	refused "jared.yaml:2: duplicate key 'attempts', first on line 1"
	printf -- '- a\n' >jared.yaml
	refused 'jared.yaml:1: not a map of keys and values'
	rm jared.yaml && mkdir jared.yaml
	refused "cannot read 'jared.yaml': Invalid argument"
}

@test "an empty file, and one of comments, is no configuration" {
	task a
	: >jared.yaml
	[ "$(jared-queue -o id)" = a ]
	printf '# max_workers: 3\n' >jared.yaml
	[ "$(jared-queue -o id)" = a ]
}

@test "a bad variable is named" {
	JARED_MAX_WORKERS=x refused "JARED_MAX_WORKERS: bad value 'x', valid: a number from 0 to 1000"
	JARED_MAX_BY=owner refused "JARED_MAX_BY: bad value 'owner', valid: COLUMN: NUMBER pairs, such as {owner: 2}"
	JARED_RETRY=x refused "JARED_RETRY: bad value 'x', valid: resume, fresh"
}

@test "ports that leave no room are refused" {
	printf 'port_base: 65500\n' >jared.yaml
	refused "jared.yaml: port_base 65500 and port_step 100 leave no room for one worker below 65536"
}
