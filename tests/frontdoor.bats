load lib.bash
setup() {
	setup_world
	mkdir plugins
	printf '#!/bin/sh\nprintf "%%s\\n" "$@"\nexit 7\n' >plugins/jared-echo
	chmod 755 plugins/jared-echo
	PATH=$PATH:$PWD/plugins
}

@test "a command runs the program of that name, with its arguments and its status" {
	run -7 jared echo 'a b' '' '$x'
	[ "$output" = $'a b\n\n$x' ]
}

@test "a tool beside jared goes before one on PATH" {
	printf '#!/bin/sh\necho impostor\n' >plugins/jared-queue
	chmod 755 plugins/jared-queue
	PATH=$PWD/plugins:$PATH
	run -0 jared queue --version
	[[ $output == "jared-queue "* ]]
}

@test "a link to jared finds the tools beside the file" {
	ln -s "$BUILD/bin/jared" link
	PATH=/usr/bin:/bin run -0 ./link queue --version
	[[ $output == "jared-queue "* ]]
}

@test "a command is given the PATH that the caller has" {
	printf '#!/bin/sh\necho "$PATH"\n' >plugins/jared-path
	chmod 755 plugins/jared-path
	run -0 jared path
	[ "$output" = "$PATH" ]
}

@test "jared works without PATH" {
	run -0 env -i /bin/sh "$BUILD/bin/jared" queue --version
	[[ $output == "jared-queue "* ]]
}

@test "alone it lists every tool with a line, and what was found besides" {
	run -0 --separate-stderr jared
	[ -z "$stderr" ]
	for file in "$BUILD"/bin/jared-*; do
		name=${file##*/jared-}
		[[ $output == *$'\n'"$name "* ]] || { echo "not listed: $name"; return 1; }
	done
	[[ $output == *$'\n'"echo       $PWD/plugins/jared-echo"* ]]
}

@test "every tool that is listed is there" {
	jared | sed '1,/^$/d; /^$/,$d' | while read -r name _; do
		case $name in pause|resume) continue ;; esac
		[ -x "$BUILD/bin/jared-$name" ] || { echo "not there: $name"; exit 1; }
	done
}

@test "an unknown command is a usage error that names the closest" {
	run -2 --separate-stderr jared wach
	[ -z "$output" ]
	[ "$stderr" = "jared: no command 'wach'; the closest are: watch; see 'jared help'" ]
	run -2 --separate-stderr jared ech
	[[ $stderr == *"closest are: echo;"* ]]
}

@test "what a newcomer would call it leads to the command" {
	for pair in start:dispatch stop:kill list:queue ps:watch logs:log retry:mark config:doctor hlep:help statsu:status; do
		run -2 --separate-stderr jared ${pair%:*}
		[[ $stderr == *"closest are:"*" ${pair#*:}"[\ \;]* ]] || { echo "$pair: $stderr"; return 1; }
	done
	# Each that is named is there, or will not be named.
	jared >all
	grep -q '^First: jared init; ' all
}

@test "a name that no command can have is refused as it stands" {
	for name in ../plugins/jared-echo --frob '' 'a b' $'\e[31m'; do
		run -2 --separate-stderr jared "$name"
		[[ $stderr == "jared: no command '"* && $stderr != *$'\e'* ]]
	done
}

@test "the version is printed" {
	run -0 jared --version
	[[ $output =~ ^jared\ [0-9]+\.[0-9]+$ ]]
	run -0 jared -V
}

@test "help shows the manual page of a tool" {
	run -0 jared help watch
	[ "$(jared help pause)" = "$(jared help heartbeat)" ]
	[[ $output == *SYNOPSIS*DESCRIPTION* ]]
	run -0 jared help jared-records
	[[ $output == *DESCRIPTION* ]]
}

@test "help asks a command without a page for its own" {
	run -7 jared help echo
	[ "$output" = --help ]
}
