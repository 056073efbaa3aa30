load lib.bash
setup() { setup_world; unset USER LOGNAME; }
teardown() { end_tmux; }

# person NAME [LINE...], role NAME [LINE...]: pages of the team
page() {
	mkdir -p "${1%/*}"
	{ echo ---; printf '%s\n' "${@:2}"; echo ---; } >"$1.md"
}
person() { page "tasks/team/$1" "${@:2}"; }
role() { page "tasks/team/roles/$1" "${@:2}"; }
# owners: each task and whose it is
owners() { jared-queue -q -o id,owner | sort; }

team() {
	person dave 'name: Dave Fowler' 'aliases: [davefowler, dave.fowler]' 'github: dfowl'
	person alice 'email: alice@example.invalid'
	role lead 'owner: alice'
	role builder 'owner: alice' 'filled_by: DaveFowler'
	role tester 'filled_by: lead'
	role vacant
}

@test "one person with many names is one owner" {
	team
	n=0
	for owner in dave davefowler dave.fowler '"@dfowl"' DAVE '"Dave Fowler"' '[dave.fowler, alice]'; do
		task "t$((n += 1))" owner="$owner"
	done
	[ "$(jared-queue -o owner | sort -u)" = dave ]
}

@test "a role leads to who fills it, else to its owner, and roles to roles" {
	team
	task a owner=lead
	task b owner=builder
	task c owner=tester
	task d owner=vacant
	[ "$(owners)" = "$(tsv a alice; tsv b dave; tsv c alice; tsv d vacant)" ]
}

@test "the raw owner is in JSON alone, and with -o" {
	team
	task a owner=builder
	task b
	[ "$(jared-queue | awk -F'\t' '{ print NF, $7 }')" = "$(printf '15 dave\n15 -')" ]
	[ "$(jared-queue -j | jq -r '[.id, .owner, .owner_raw // "none"] | join(" ")')" = \
	    "$(printf 'a dave builder\nb  none')" ]
	[ "$(jared-queue -o owner_raw a)" = builder ]
	[ "$(jared-queue -j a | jared-pick -j | jq -r .owner_raw)" = builder ]
}

@test "an owner whom nobody knows, or who is two, stays as written" {
	team
	person dora 'aliases: [d]'
	person doris 'aliases: [d]'
	task a owner=Zoe
	task b owner=d
	task c owner='"@someone"'
	[ "$(owners)" = "$(tsv a Zoe; tsv b d; tsv c @someone)" ]
}

@test "people go before roles, and a slug before the stem" {
	person pat 'slug: patricia'
	person lead
	role lead 'owner: pat'
	role boss 'owner: pat'
	task a owner=pat
	task b owner=lead
	task c owner=Boss
	[ "$(owners)" = "$(tsv a patricia; tsv b lead; tsv c patricia)" ]
}

@test "roles that lead around in a circle end somewhere" {
	role a 'owner: b'
	role b 'owner: c'
	role c 'owner: b'
	role self 'owner: self'
	task t owner=a
	task u owner=self
	[ "$(owners)" = "$(tsv t a; tsv u self)" ]
}

@test "pages that are not understood are people by their file's name" {
	mkdir -p tasks/team/roles
	echo 'No front matter.' >tasks/team/ann.md
	printf -- '---\naliases: [x\n---\n' >tasks/team/bob.md
	printf -- '---\naliases: x\n' >tasks/team/cy.md
	: >tasks/team/index.md
	mkfifo tasks/team/dan.md
	task a owner=ANN
	task b owner=Bob
	task c owner=cY
	task d owner=Dan
	task e owner=Index
	[ "$(owners)" = "$(tsv a ann; tsv b bob; tsv c cy; tsv d dan; tsv e Index)" ]
}

@test "tasks of others are listed last and ready, and say whose they are" {
	team
	task a owner=alice priority=p0
	task b owner=builder priority=p2
	task c priority=p3
	task d owner=alice status=blocked
	run -0 jared-queue -O dave.fowler -o id,state,waits
	[ "$output" = "$(tsv b ready -; tsv c ready -; tsv a ready owner:alice; tsv d held status:blocked)" ]
	# Without an owner they are anybody's.
	[ "$(jared-queue -o id,waits | head -1)" = "$(tsv a -)" ]
	# The configured owner, in the file and in the environment.
	[ "$(JARED_OWNER=davefowler jared-queue -o waits a)" = owner:alice ]
	echo 'owner: "@dfowl"' >jared.yaml
	[ "$(jared-queue -o waits a)" = owner:alice ]
	[ "$(jared-queue -O any -o waits a)" = - ]
	[ "$(jared-queue -O Alice -o waits a b)" = "$(printf -- '-\nowner:dave')" ]
	[ "$(JARED_OWNER= TASK_MANAGER_OWNER=alice jared-queue -o waits b)" = owner:dave ]
}

@test "me is the configured owner, else the login name" {
	team
	task a owner=alice
	task b owner=dave
	[ "$(USER=dave.fowler jared-queue -O me -o id,waits)" = "$(tsv b -; tsv a owner:alice)" ]
	[ "$(LOGNAME=alice jared-queue -O me -o id,waits)" = "$(tsv a -; tsv b owner:dave)" ]
	[ "$(USER=dave JARED_OWNER=alice jared-queue -O me -o id,waits)" = "$(tsv a -; tsv b owner:dave)" ]
	echo 'owner: me' >jared.yaml
	[ "$(USER=dave jared-queue -o id,waits)" = "$(tsv b -; tsv a owner:alice)" ]
	run -2 --separate-stderr jared-queue
	[ "$stderr" = "jared-queue: who is 'me'?  Set JARED_OWNER, or 'owner' in jared.yaml" ]
}

@test "without a team, names are compared as they are, but for case and '@'" {
	task a owner='"@MrLesk"'
	task b owner=joe
	[ "$(jared-queue -O mrlesk -o id,waits)" = "$(tsv a -; tsv b owner:joe)" ]
	[ "$(jared-queue -O 'Zoe Zed' -o waits a)" = owner:@MrLesk ]
}

@test "an owner's name is one machine word in waits" {
	task a owner='"Ray, the =1st"'
	[ "$(jared-queue -O x -o waits)" = owner:Ray__the__1st ]
	run -1 --separate-stderr bash -c 'jared-queue -O x | jared-pick'
	[ "$stderr" = "jared-pick: a: owner: Ray, the =1st" ]
}

@test "pick: whose, by the option, the configuration, and by what the queue said" {
	team
	task a owner=alice
	task b owner=builder
	task c
	runp 'jared-queue | jared-pick -O davefowler -R rejects -o id'
	[ "$status $output" = "$(printf '0 b\nc')" ]
	[ "$(cat rejects)" = "$(tsv a owner owner "alice, not dave" "Task a")" ]
	runp 'jared-queue | JARED_OWNER=lead jared-pick -o id'
	[ "$output" = "$(printf 'a\nc')" ]
	[ "$stderr" = "jared-pick: b: owner: dave, not alice" ]
	runp 'jared-queue -O dave | jared-pick -o id'
	[ "$output" = "$(printf 'b\nc')" ]
	[ "$stderr" = "jared-pick: a: owner: alice" ]
	runp 'jared-queue | JARED_OWNER=lead jared-pick -O any -o id'
	[ "$output" = "$(printf 'a\nb\nc')" ]
	# Places are counted for one person whatever the name.
	task d owner=davefowler
	runp 'jared-queue | jared-pick -b owner=1 -o id'
	[ "$output" = "$(printf 'a\nb\nc')" ]
	[ "$stderr" = "jared-pick: d: cap: 0 running and 1 picked of 1 for owner dave" ]
}

@test "dispatch asks again whose it is" {
	new_repo
	team
	task a owner=alice
	task b owner=builder
	printf 'agent: sh\ncommand: ["true"]\nowner: dave.fowler\n' >jared.yaml
	git add -A && git commit -qm tasks
	jared-queue -O any >records
	run -1 --separate-stderr bash -c 'jared-dispatch -n -o id <records'
	[ "$output" = b ]
	[ "$stderr" = "jared-dispatch: a: owner: alice, not dave" ]
	run -1 --separate-stderr jared-dispatch -n a
	[ "$stderr" = "jared-dispatch: a: owner: alice, not dave" ]
	run -0 jared-dispatch -n -O Alice -o id a
	[ "$output" = a ]
	run -0 jared-dispatch -n -O any -o id a b
	[ "$output" = "$(printf 'a\nb')" ]
	# For real, nothing is claimed of what is another's.
	run -1 jared-dispatch -q a
	[ ! -s .git/jared/journal/000001.tsv ]
}

@test "the team of another layout is below its tasks" {
	mkdir -p backlog/tasks backlog/team
	printf -- '---\nid: B-1\nstatus: To Do\nassignee: ["@joe"]\n---\n' >backlog/tasks/b.md
	printf -- '---\nname: joe\n---\n' >backlog/team/joseph.md
	[ "$(jared-queue -o owner)" = joseph ]
}

@test "what was written down with a snapshot does not keep an owner from changing" {
	new_repo
	team
	task a owner=builder
	jared-snap >/dev/null
	[ "$(jared-queue -o owner,owner_raw)" = "$(tsv dave builder)" ]
	sed -i 's/filled_by: .*/filled_by: alice/' tasks/team/roles/builder.md
	[ "$(jared-queue -o owner,owner_raw)" = "$(tsv alice builder)" ]
	rm -r tasks/team
	[ "$(jared-queue -o owner,owner_raw)" = "$(tsv builder builder)" ]
}
