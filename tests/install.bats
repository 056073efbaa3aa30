load lib.bash
setup() {
	setup_world
	top=$BATS_TEST_DIRNAME/..
}

# make from the sources, into the tree under test
mk() { make -s -C "$top" B="$BUILD" "$@"; }

@test "install puts every file in its place, uninstall removes exactly these" {
	mk install DESTDIR="$PWD/root" PREFIX=/opt/j >/dev/null
	[ -x root/opt/j/bin/jared-queue ]
	[ -x root/opt/j/bin/jared ]
	[ -x root/opt/j/libexec/jared/jared-run ]
	[ -f root/opt/j/share/jared/agents/sh.yaml ]
	[ -x root/opt/j/share/jared/demo/run.sh ]
	[ -f root/opt/j/share/man/man1/jared-queue.1 ]
	[ -f root/opt/j/share/man/man7/jared.7 ]
	echo mine >root/opt/j/bin/other
	mk uninstall DESTDIR="$PWD/root" PREFIX=/opt/j >/dev/null
	[ "$(find root -type f)" = root/opt/j/bin/other ]
	[ ! -e root/opt/j/share/jared ]
	[ ! -e root/opt/j/libexec/jared ]
}

@test "directories may be named one by one" {
	mk install DESTDIR="$PWD/root" BINDIR=/b LIBEXECDIR=/l SHAREDIR=/s MANDIR=/m >/dev/null
	[ -x root/b/jared-queue ]
	[ -x root/l/jared-run ]
	[ -f root/s/agents/sh.yaml ]
	[ -f root/m/man1/jared.1 ]
}

@test "modes are those of programs and of data, whatever the umask" {
	(umask 077 && mk install DESTDIR="$PWD/root" PREFIX=/p >/dev/null)
	[ "$(stat -c %a root/p/bin/jared-queue)" = 755 ]
	[ "$(stat -c %a root/p/share/man/man1/jared.1)" = 644 ]
	[ -z "$(find root/p ! -perm -555 -type d)" ]
}

@test "an installed copy finds its own programs and data" {
	mk install PREFIX="$PWD/prefix" >/dev/null
	new_repo
	printf 'agent: sh\ncommand: [sh, -c, "echo here; git commit -q --allow-empty -m work"]\n' >jared.yaml
	task a
	git add -A
	git commit -qm tasks
	PATH=$BATS_TEST_TMPDIR/prefix/bin:/usr/bin:/bin
	jared queue | jared pick | jared dispatch
	wait_for 10 eval '[ "$(jared-queue -o state)" = review ]'
	end_tmux
}
