load ../lib.bash
load ../work.bash

# The package, installed for real and taken away again.

setup() {
	setup_world
	[ "$(id -u)" = 0 ] && command -v apt-get >/dev/null || skip "needs root on Debian"
	! dpkg -s jared >/dev/null 2>&1 || skip "a jared is installed already"
}
teardown() {
	end_work
	! dpkg -s jared >/dev/null 2>&1 || dpkg --purge jared >/dev/null
}

@test "apt installs the package, it works, and nothing of it is left when it goes" {
	make -s -C "$BATS_TEST_DIRNAME/../.." B="$BUILD" deb >/dev/null
	export DEBIAN_FRONTEND=noninteractive
	apt-get install -y --no-install-recommends "$(echo "$BUILD"/jared_*.deb)" 3>&-
	PATH=/usr/sbin:/usr/bin:/sbin:/bin
	dpkg -V jared
	worker_repo 'git commit -q --allow-empty -m work' 'mode: headless'
	task a; git add -A; git commit -qm tasks
	[ "$(command -v jared)" = /usr/bin/jared ]
	jared doctor -q
	jared queue | jared pick | jared dispatch
	wait_for 20 eval '[ "$(jared queue -o state)" = review ]'
	jared status
	dpkg -L jared | sort >files
	dpkg --purge jared
	while read -r file; do [ ! -f "$file" ] || { echo "left: $file"; return 1; }; done <files
	[ ! -e /usr/share/jared ] && [ ! -e /usr/libexec/jared ]
}
