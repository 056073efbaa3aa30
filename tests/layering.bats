load lib.bash

# A copy of the sources, to plant violations in.
setup() {
	setup_world
	top=$BATS_TEST_DIRNAME/..
	mkdir tree
	cp -r "$top/lib" "$top/bin" "$top/man" tree
	mkdir tree/tests
	cp "$top"/tests/*.bats "$top/tests/layering.sh" tree/tests
}

# caught WHAT: the check fails and says so
caught() {
	run -1 --separate-stderr sh tree/tests/layering.sh
	[[ $output == *"$1"* ]] || { printf '%s\n' "$output" "$stderr"; return 1; }
}

@test "who may do what is kept to" {
	run -0 sh tree/tests/layering.sh
}

@test "programs are able to do only what they should" {
	! nm -u "$BUILD/bin/jared-pick" | grep -q __asan_ ||
		skip "a sanitizer keeps what is not called"
	run -0 sh tree/tests/layering.sh "$BUILD"
}

@test "a tool that is able to do more is caught" {
	mkdir -p other/bin
	for use in 'rename(*v, v[1])' 'unlink(*v)' 'posix_spawnp(0, *v, 0, 0, v, v)'; do
		printf '#include <spawn.h>\n#include <stdio.h>\n#include <unistd.h>\n' >t.c
		echo "int main(int n, char **v) { return $use + n; }" >>t.c
		for how in -pie -static; do
			cc $how -o other/bin/jared-pick t.c || [ $how = -static ] || return 1
			run -1 sh tree/tests/layering.sh "$PWD/other"
			[[ $output == *"jared-pick: must not"*"links"*" ${use%%(*}"* ]]
		done
	done
}

# plant FILE LINE: append it
plant() { printf '%s\n' "$2" >>"tree/$1"; }

@test "an exit outside die is caught" {
	plant lib/tsv.c 'void oops(void) { exit(3); }'
	caught 'only die ends the process'
}

@test "a second reader of YAML is caught" {
	plant bin/jared-pick.c '#include <yaml.h>'
	caught 'only front sees libyaml'
}

@test "a spawn outside proc is caught" {
	plant lib/git.c 'int oops(char **v) { return posix_spawnp(0, *v, 0, 0, v, v); }'
	caught 'only proc spawns'
}

@test "a fork or an exec outside pty is caught" {
	plant lib/git.c 'int oops(char **v) { if (!fork()) return execvp(*v, v); return 0; }'
	caught 'only pty forks'
	caught 'only pty executes'
}

@test "a shell is caught" {
	plant lib/git.c 'int oops(void) { return system("true"); }'
	caught 'nothing goes through a shell'
	sed -i '$d' tree/lib/git.c
	plant lib/git.c 'const char *oops[] = { "sh", "-c", 0 };'
	caught 'nothing goes through a shell'
}

@test "a hand-made record is caught" {
	plant lib/git.c 'void oops(void) { printf("a\tb\n"); }'
	caught 'only rec and tsv print a tab'
}

@test "an append outside the journal is caught" {
	plant lib/git.c 'int oops(void) { return open("x", O_WRONLY | O_APPEND); }'
	caught 'only journal and hooklog append'
}

@test "a lock that closes with any descriptor is caught" {
	plant lib/git.c 'int oops(int fd, void *l) { return fcntl(fd, F_SETLK, l); }'
	caught 'process-wide locks'
}

@test "an include of a higher layer is caught" {
	plant lib/tsv.c '#include "rec.h"'
	caught 'lib/tsv.c: includes rec.h, which does not stand above it'
}

@test "a module without a place in the order is caught" {
	plant lib/util.h '/* all sorts */'
	caught 'lib/util.h: no place in the order'
}

@test "a header that might lean on another is caught" {
	sed -i '1i #include "mem.h"' tree/lib/buf.c
	caught 'lib/buf.c: includes something before its own header'
}

@test "a tool without page or test is caught" {
	plant bin/jared-"frob".sh '#!/bin/sh'
	caught 'frob: no man page'
	caught 'frob: no test names it'
}

@test "what stands in a comment is no violation" {
	plant lib/git.c '/* exit(3), "refs/heads/*", system(3),
	 * F_SETLK */ /* and "sh" */'
	run -0 sh tree/tests/layering.sh
}
