load lib.bash
load work.bash
load pairs.bash

# jared-worktree; ports; and what a new worktree is given, by hand or dispatched.

setup() { setup_world; }
teardown() {
	[ -z "${server-}" ] || kill "$server" 2>/dev/null || :
	end_work
}

# ready_repo [YAML-LINE...]
ready_repo() {
	worker_repo 'env | grep ^JARED_PORT | sort >ports.seen; cat .worktree-ports.json >>ports.seen; '"$until_go" \
	    'port_base: 21000' 'port_step: 3' 'port_names: [web, api-db]' "$@"
	task a; task b
	printf '.env\nnode_modules/\nports.seen\nlog.setup\n' >.gitignore
	git add -A && git commit -qm Tasks
}

# serve ADDRESS PORT: somebody else has that port
serve() {
	python3 -c 'import socket, sys, time
f = socket.AF_INET6 if ":" in sys.argv[1] else socket.AF_INET
s = socket.socket(f); s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
if f == socket.AF_INET6: s.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
s.bind((sys.argv[1], int(sys.argv[2]))); s.listen(); open("../serving", "w"); time.sleep(600)' "$@" 3>&- &
	server=$!
	wait_for 10 test -e ../serving
	rm ../serving
}

@test "a worktree by hand: branch, ports, their names, and nothing that git sees" {
	ready_repo
	run -0 --separate-stderr jared-worktree -o id,state,branch,ports,names,worktree ui
	[ "$output" = "$(tsv ui made ui 21000-21002 web=21000,api-db=21001 "$PWD/.worktrees/ui")" ]
	[ -z "$stderr" ]
	[ "$(cat .worktrees/ui/.worktree-ports.json)" = '{"first": 21000, "last": 21002, "ports": {"web": 21000, "api-db": 21001}}' ]
	jq -e '.ports.web == 21000' .worktrees/ui/.worktree-ports.json
	[ "$(git -C .worktrees/ui branch --show-current)" = ui ]
	[ -z "$(git -C .worktrees/ui status --porcelain)$(git status --porcelain)" ]
	run -0 jared-worktree -j other
	[ "$(jq -c '[.ports, .names, .branch]' <<<"$output")" = '["21003-21005",["web=21003","api-db=21004"],"other"]' ]
	run -0 jared-worktree -o id,ports
	[ "$output" = $'other\t21003-21005\nui\t21000-21002' ]
	# It is a person's to remove; then its ports are free again.
	git worktree remove ui
	run -0 jared-worktree -o id
	[ "$output" = other ]
	run -0 jared-worktree -n -o ports third
	[ "$output" = 21000-21002 ]
	[ ! -e .worktrees/third ]
}

@test "workers and worktrees by hand do not share ports, and both are told them alike" {
	ready_repo
	jared-worktree ui
	jared-dispatch a >/dev/null
	wait_for 10 test -s .worktrees/a/ports.seen
	jared-worktree more
	printf '%s\n' JARED_PORT=21003 JARED_PORT_API_DB=21004 JARED_PORT_WEB=21003 \
		'{"first": 21003, "last": 21005, "ports": {"web": 21003, "api-db": 21004}}' >../want
	wait_for 5 same ../want .worktrees/a/ports.seen
	[ "$(jared-watch -o ports)" = 21003-21005 ]
	[ "$(jared-worktree -o ports | xargs)" = "21006-21008 21000-21002" ]
	[ -z "$(git -C .worktrees/a status --porcelain)" ]
	: >../go
	wait_for 10 nobody_alive
}

@test "a bundle in which somebody has a port is passed over, on whatever address" {
	ready_repo
	for address in 127.0.0.1 0.0.0.0 ::1 ::; do
		[[ $address != *:* || -e /proc/net/if_inet6 ]] || continue
		serve $address 21001
		run -0 jared-worktree -n -o ports x
		[ "$output" = 21003-21005 ] || { echo "$address: $output"; return 1; }
		run -0 jared-dispatch -n -o ports a
		[ "$output" = 21003-21005 ]
		kill $server; wait $server || :
	done
	run -0 jared-worktree -n -o ports x
	[ "$output" = 21000-21002 ]
}

@test "every bundle is taken: nothing is made" {
	ready_repo
	sed -i 's/port_base: .*/port_base: 65530/' jared.yaml
	jared-worktree ui && jared-worktree ux
	run -1 --separate-stderr jared-worktree more
	[ "$stderr" = "jared-worktree: every port bundle is leased or in use" ]
	run -1 --separate-stderr jared-dispatch a
	[ "$stderr" = "jared-dispatch: a: ports: every port bundle is leased" ]
}

# made_at_once N: that many, half of them by hand, half of them workers; their
# ports must all differ
made_at_once() {
	local i pids=()
	for ((i = 0; i < $1; i++)); do
		if [ $((i % 2)) = 0 ]; then jared-worktree -q "w$i" >/dev/null 2>>../err </dev/null 3>&- &
		else jared-dispatch -q "t$i" >/dev/null 2>>../err </dev/null 3>&- & fi
		pids+=($!)
	done
	for i in "${pids[@]}"; do wait "$i" || { cat ../err; return 1; }; done
	{ jared-worktree -o ports; jared-watch -o ports -s starting,working; } >../ports
	[ "$(wc -l <../ports)" = "$1" ] && [ -z "$(sort ../ports | uniq -d)" ] || { cat ../ports; return 1; }
}

@test "ten made at one moment, by hand and dispatched, have ten different bundles" {
	ready_repo 'max_workers: 20' 'start_timeout: 60s'
	for i in 1 3 5 7 9; do task t$i; done
	git add -A && git commit -qm More
	made_at_once 10
	: >../go
	wait_for 20 nobody_alive
}

@test "copies and links: what git does not keep, modes and links as they are, nothing overwritten" {
	ready_repo 'copy: [".env*", node_modules, config/local, README, "no*thing"]' 'link: [cache]'
	echo S=1 >.env && chmod 600 .env
	echo S=2 >.env.test
	mkdir -p node_modules/.bin node_modules/p config/local cache
	printf '#!/bin/sh\n' >node_modules/p/run && chmod 755 node_modules/p/run
	ln -s ../p/run node_modules/.bin/run
	echo x >config/local/.hidden
	echo changed >README
	jared-worktree -q ui
	cd .worktrees/ui
	[ "$(stat -c %a .env node_modules/p/run | xargs)" = "600 755" ]
	[ "$(cat .env .env.test config/local/.hidden | xargs)" = "S=1 S=2 x" ]
	[ "$(readlink node_modules/.bin/run)" = ../p/run ]
	[ "$(readlink cache)" = "$(realpath ../../cache)" ]
	[ "$(cat README)" = hello ]
	cd ../..
	jared-dispatch a >/dev/null
	[ "$(cat .worktrees/a/.env)" = S=1 ]
	: >../go
	wait_for 10 nobody_alive
}

# not_given YAML WHAT: refused with WHAT, and the worker does not start
not_given() {
	sed -i '/^copy:\|^link:/d' jared.yaml
	echo "$1" >>jared.yaml
	run -3 --separate-stderr jared-dispatch a
	[[ $stderr == "jared-dispatch: a: worktree: $2"* ]] || { echo "$stderr"; return 1; }
	[ -z "$(jared-watch -s starting,working)" ]
}

@test "nothing is copied from outside, through links, or into what a link leads to" {
	ready_repo
	mkdir ../out && echo secret >../out/s
	ln -s ../out away && ln -s ../out/s file && mkfifo pipe
	mkdir sub && ln -s ../../out sub/away
	not_given 'copy: [.env]' "copy: '.env' is not in '$PWD'"
	not_given 'copy: [file]' "copy: 'file' is a link that leads out of the repository"
	not_given 'copy: [sub]' "copy: 'sub/away' is a link that leads out of the repository"
	not_given 'copy: [pipe]' "copy: 'pipe' is no file, directory or link"
	not_given 'copy: [away/s]' "copy: 'away/s' is not in '$PWD'"
	not_given 'link: [away/s]' "link: 'away/s' is not in '$PWD'"
	rm away && mkdir away && echo s >away/s
	git rm -q --cached -r . && git add README .gitignore tasks jared.yaml
	mv away d && ln -s ../out away && git add away && git commit -qm Link
	rm away && mv d away
	not_given 'copy: [away/s]' "copy: 'away/s' leads through something in the worktree that is no directory"
	[ "$(ls ../out)" = s ]
	for path in ../out /etc .git .git/config; do
		sed -i '/^copy:\|^link:/d' jared.yaml
		echo "copy: ['$path']" >>jared.yaml
		run -3 jared-worktree ui
		[[ $output == *"jared.yaml:"*"bad copy '$path', valid: a path below the repository"* ]]
	done
}

@test "setup commands run once a person has trusted them, as they are" {
	ready_repo 'setup: [[sh, setup.sh, "a b"], [touch, done.setup]]'
	echo 'echo "$1 $JARED_PORT_WEB $PWD" >>log.setup' >setup.sh
	echo done.setup >>.gitignore
	git add -A && git commit -qm Setup
	refusal="jared.yaml: 'setup' (sh setup.sh 'a b', ...) is not trusted on this machine: read it, then run 'jared-worktree --trust'"
	run -3 --separate-stderr jared-dispatch a
	[ "$stderr" = "jared-dispatch: $refusal" ]
	run -3 --separate-stderr jared-worktree ui
	[ "$stderr" = "jared-worktree: $refusal" ]
	[ -z "$(events a)" ] && [ ! -e .worktrees ]
	run -1 env JARED_ATTEMPT=a.1 jared-worktree -F --trust
	run -0 jared-worktree --trust
	[ "$output" = $'sh setup.sh \'a b\'\ntouch done.setup' ]
	run -0 --separate-stderr jared-worktree -o id ui
	[ "$output" = ui ]
	[[ $stderr == "jared-worktree: ui: sh setup.sh 'a b'"* ]]
	[ "$(cat .worktrees/ui/log.setup)" = "a b 21000 $PWD/.worktrees/ui" ]
	[ -e .worktrees/ui/done.setup ]
	jared-dispatch a >/dev/null
	wait_for 10 test -e .worktrees/a/ports.seen
	[ "$(cat .worktrees/a/log.setup)" = "a b 21003 $PWD/.worktrees/a" ]
	# Another word, or another script: not trusted.
	echo 'echo evil' >>setup.sh
	run -3 jared-dispatch b
	git checkout -q setup.sh
	sed -i 's/done.setup\]\]/other]]/' jared.yaml
	run -3 jared-dispatch b
	git checkout -q jared.yaml
	run -0 jared-dispatch b
	: >../go
	wait_for 10 nobody_alive
}

@test "a setup that fails is told, the agent does not run, and the next attempt does it again" {
	worker_repo 'echo $JARED_ATTEMPT >>../../../starts' 'setup: [sh, -c, "echo try >>tries; [ -e $JARED_ROOT/../fine ] || { echo no database; exit 9; }"]' 'backoff_base: 0s'
	task a
	git add -A && git commit -qm Tasks
	jared-worktree --trust
	jared-dispatch a >/dev/null
	wait_for 10 nobody_alive
	[ ! -e ../starts ]
	grep -q $'exited\tcode=9\tcause=setup' "$state"/journal/*.tsv
	[[ $(jared-log a) == *"no database"* ]]
	run -3 --separate-stderr jared-worktree ui
	[[ $stderr == *"failed with status 9; the worktree stays" ]]
	: >../fine
	jared-dispatch a >/dev/null
	wait_for 10 test -e ../starts
	wait_for 10 nobody_alive
	[ "$(wc -l <.worktrees/a/tries)" = 2 ]
	jared-mark unpark a
	jared-dispatch a >/dev/null
	wait_for 10 nobody_alive
	[ "$(cat ../starts | xargs)" = "a.2 a.3" ]
	# It was done: not a third time in the same worktree.
	[ "$(wc -l <.worktrees/a/tries)" = 2 ]
}

@test "a setup that does not end is ended by jared-kill, as a person's doing" {
	worker_repo true 'setup: [sh, -c, "trap : TERM; while :; do sleep 0.2; done"]'
	task a
	git add -A && git commit -qm Tasks
	jared-worktree --trust
	jared-dispatch a >/dev/null
	wait_for 5 is run_of a starting
	run -0 jared-kill -o state a
	[ "$output" = killed ]
}

@test "names that are taken or wrong, and branches that are there" {
	ready_repo
	run -1 --separate-stderr jared-worktree a
	[[ $stderr == "jared-worktree: a: a task has that name"* ]]
	run -2 jared-worktree A/b
	run -2 jared-worktree x y
	git branch topic
	run -0 jared-worktree -b topic -o branch ui
	[ "$output" = topic ]
	run -1 jared-worktree ui
	run -1 jared-worktree -b topic -B main ux
	run -3 --separate-stderr jared-worktree -b topic ux
	[[ $stderr == "jared-worktree: ux: git worktree add: "*topic* ]]
	[ "$(jared-worktree -o id)" = ui ]
	run -1 env JARED_ATTEMPT=a.1 jared-worktree uz
}

@test "one that was killed while it was made leaves nothing in the way" {
	ready_repo
	mkdir ../slow
	printf '#!/bin/sh\ncase " $* " in *" worktree add "*) mkdir -p %s/.git/worktrees/ui; echo jared:ui:0 >%s/.git/worktrees/ui/locked; kill -9 $PPID; exit ;; esac\nexec %s "$@"\n' \
		"$PWD" "$PWD" "$(command -v git)" >../slow/git
	chmod +x ../slow/git
	PATH=$PWD/../slow:$PATH jared-worktree ui 3>&- || :
	[ "$(jared-worktree -o id)" = "" ]
	rm -rf .worktrees/ui; git branch -q -D ui 2>/dev/null || :
	run -0 jared-worktree -o id,ports ui
	[ "$output" = $'ui\t21000-21002' ]
	git fsck && git worktree list
}

@test "one that git finished after its maker was killed is a person's to remove, as any" {
	ready_repo
	mkdir ../slow
	printf '#!/bin/sh\ncase " $* " in *" worktree add "*) kill -9 $PPID; until [ -e %s/../go ]; do sleep 0.05; done ;; esac\nexec %s "$@"\n' \
		"$PWD" "$(command -v git)" >../slow/git
	chmod +x ../slow/git
	PATH=$PWD/../slow:$PATH jared-worktree ui 3>&- || :
	[ "$(jared-worktree -o id)" = "" ]
	: >../go
	wait_for 30 eval '[ -e .worktrees/ui/jared.yaml ] && [ -e .git/worktrees/ui/index ] && [ ! -e .git/worktrees/ui/index.lock ]'
	[ "$(jared-worktree -o id,ports)" = $'ui\t21000-21002' ]
	run -128 git worktree remove ui
	[ "$(jared-worktree -o ports more)" = 21003-21005 ]
	git worktree remove ui
	[ "$(jared-worktree -o id)" = more ]
	# Another's lock is another's.
	git worktree lock --reason "jared:more" .worktrees/more
	jared-worktree -q ux
	run -128 git worktree remove more
}

@test "two worktrees made at one moment never share a port: ten rounds" { pairs 10; }

@test "a worker commits forty times while it is watched: none fails" { commits 40; }
