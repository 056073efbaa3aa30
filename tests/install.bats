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
	[ -f root/opt/j/share/bash-completion/completions/jared-queue ]
	[ -f root/opt/j/share/zsh/site-functions/_jared ]
	[ -f root/opt/j/share/fish/vendor_completions.d/jared.fish ]
	[ ! -e root/opt/j/bin/dispatch ]
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

@test "COMPAT=1 installs the older names, each for a tool that is there" {
	mk install DESTDIR="$PWD/root" PREFIX=/p COMPAT=1 >/dev/null
	n=0
	while read -r name tool words; do
		[ -x "root/p/bin/$tool" ] || { [ ! -e "root/p/bin/$name" ]; continue; }
		[ "$(grep -vc '^#!' "root/p/bin/$name")" = 1 ]
		run -0 "root/p/bin/$name" --version
		[[ $output == "$tool "* ]]
		n=$((n + 1))
	done < <(grep -v '^#' "$top/package/compat")
	[ $n -ge 5 ]
	new_repo; task a; printf 'agent: sh\ncommand: ["true"]\n' >jared.yaml
	../root/p/bin/dispatch -n a | grep -q '^a'
	cd ..
	echo '#!/bin/sh' >root/p/bin/worktree-new
	mk uninstall DESTDIR="$PWD/root" PREFIX=/p >/dev/null
	[ "$(find root -type f)" = root/p/bin/worktree-new ]
}

@test "a Debian package holds what is installed, and works from where it is unpacked" {
	command -v dpkg-deb >/dev/null || skip "no dpkg-deb"
	mk deb >/dev/null
	deb=$(echo "$BUILD"/jared_*.deb)
	dpkg-deb --contents "$deb" >list
	for file in ./usr/bin/jared-queue ./usr/libexec/jared/jared-run ./usr/share/jared/agents/sh.yaml \
	    ./usr/share/man/man1/jared.1.gz ./usr/share/bash-completion/completions/jared \
	    ./usr/share/zsh/vendor-completions/_jared; do
		grep -qE "root/root .* $file$" list || { echo "not in it: $file"; return 1; }
	done
	! grep -qE ' \./(usr/local|home|tmp|root)' list
	mkdir root
	dpkg-deb -x "$deb" root
	dpkg-deb -e "$deb" control
	(cd root && md5sum --quiet -c ../control/md5sums)
	new_repo; task a
	[ "$(PATH=/usr/bin:/bin ../root/usr/bin/jared queue -o id)" = a ]
	# What it says it depends on is what its programs are linked with.
	for f in ../root/usr/bin/* ../root/usr/libexec/jared/*; do
		readelf -d "$f" 2>/dev/null | sed -n 's/.*(NEEDED).*\[\(lib[a-z]*\).*\]/\1/p'
	done | sort -u >../needed
	for lib in libc libyaml; do
		run grep -cx "$lib" ../needed
		[ "$output" = "$(grep -c "^Depends:.*$lib" ../control/control)" ]
	done
}
