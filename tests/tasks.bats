load lib.bash
setup() {
	setup_world
	dir=tasks/workstreams/main/tasks
	mkdir -p $dir
}

# file NAME TEXT: a task file with these bytes, as printf %b understands them
file() { printf '%b' "$2" >"$dir/$1.md"; }
# fault NAME: its waits, and its message without what stands before the line
fault() {
	jared-queue -o waits "$dir/$1.md" 2>err
	sed "s|^jared-queue: $dir/$1.md:||" err
}
state() { jared-queue -q -o state "$dir/$1.md"; }
# One good file must come through whatever lies beside it.
fine() { [ "$(jared-queue -q -s ready -o id)" = fine ]; }
teardown() { chmod -R u+rwX . 2>/dev/null || :; }

# --- front matter ---

@test "BOM, CRLF, no final newline and blanks behind the dashes are understood" {
	file bom '\xef\xbb\xbf---\nstatus: ready\n---\n'
	file crlf '---\r\nid: c\r\nstatus: ready\r\n---\r\nbody\r\n'
	file nonl '---\nstatus: ready\n---'
	file blanks '--- \t\nstatus: ready\n---  \n'
	[ "$(jared-queue -o id,state | sort | xargs)" = "blanks ready bom ready c ready nonl ready" ]
}

@test "the front matter ends at the first line of dashes; the body is not read" {
	file fine '---\nstatus: ready\n---\n---\nstatus: done\n---\n\0\xff'
	fine
}

@test "front matter is read past 4096 bytes, up to 65536" {
	file fine "---\nlong: \"$(printf '%05000d' 0)\"\nstatus: ready\n---\n"
	file big "---\nlong: \"$(printf '%065520d' 0)\"\nstatus: ready\n---\n"
	fine
	[ "$(fault big)" = "$(printf 'invalid:front-matter\n1: the front matter is longer than 65536 bytes')" ]
}

@test "a closing line that a read cuts in two is not taken for one" {
	file fine "---\nx: |\n  $(printf '%04081d' 0)\n---b: 1\nstatus: ready\n---\n"
	[ "$(head -c4096 $dir/fine.md | tail -c4)" = $'\n---' ]
	fine
}

@test "the hash covers the front matter with both delimiters, and nothing else" {
	file a '---\nstatus: ready\n---\nbody\n'
	file b '\xef\xbb\xbf---\nstatus: ready\n---'
	file c '---\nstatus:  ready\n---\nbody\n'
	[ "$(jared-queue -o hash a)" = "$(jared-queue -o hash b)" ]
	[ "$(jared-queue -o hash a)" != "$(jared-queue -o hash c)" ]
	# FNV-1a of "---\nstatus: ready\n---"
	[ "$(jared-queue -o hash a)" = 8c81ea0fa292e880 ]
}

@test "files without whole front matter say so" {
	file fine '---\nstatus: ready\n---\n'
	file empty ''
	file text '# Title\n'
	file blank '\n---\nstatus: ready\n---\n'
	file dashes '----\nstatus: ready\n---\n'
	file open '---\nstatus: ready\n'
	for f in empty text blank dashes; do
		[ "$(fault $f)" = "$(printf 'invalid:front-matter\n1: no front matter: the first line is not '\''---'\''')" ]
	done
	[ "$(fault open)" = "$(printf 'invalid:front-matter\n1: the front matter has no end, a line '\''---'\''')" ]
	fine
}

@test "UTF-16 and NUL bytes say so" {
	file fine '---\nstatus: ready\n---\n'
	file nul '---\nstatus: ready\ntitle: a\0b\n---\n'
	for e in UTF-16 UTF-16LE UTF-16BE; do
		iconv -t $e $dir/fine.md >$dir/$e.md
		[ "$(fault $e | head -1)" = invalid:binary ]
	done
	[ "$(fault nul)" = "$(printf 'invalid:binary\n1: NUL bytes or UTF-16, not UTF-8 text')" ]
	fine
}

# --- YAML ---

@test "YAML that is refused, with its line and why" {
	file fine '---\nstatus: ready\n---\n'
	# NAME|TEXT|MESSAGE
	while IFS='|' read -r name text want; do
		file "$name" "---\nstatus: ready\n$text\n---\n"
		[ "$(fault "$name")" = "$(printf 'invalid:yaml\n%s' "$want")" ] || {
			fault "$name"
			return 1
		}
	done <<-'END'
	anchor|title: &a b|3: anchors are not allowed
	alias|title: *a|3: aliases are not allowed
	tag|title: !!str b|3: tags are not allowed
	duplicate|title: a\nstatus: done|4: duplicate key 'status', first on line 2
	key|? {a: b}\n: c|3: a key must be one word
	deep|title: [[[[[[[[[[[[[[[[a]]]]]]]]]]]]]]]]|3: nested more than 16 deep
	utf8|title: \xff|3: invalid leading UTF-8 octet (0xff)
	nul|title: "a\\0b"|3: NUL byte in a value
	tab|title:\n\t- a|4: found character that cannot start any token while scanning for the next token
	colon|title: a: b|3: a value with ': ' in it must stand in quotes
	quote|title: "a|4: found unexpected end of stream while scanning a quoted scalar
	END
	file list '---\n- a\n---\n'
	[ "$(fault list)" = "$(printf 'invalid:yaml\n2: the front matter is no list of '\''key: value'\'' lines')" ]
	fine
}

@test "100 kB of brackets, 5000 keys, a huge value: each is answered at once" {
	file fine '---\nstatus: ready\n---\n'
	file brackets "---\nstatus: ready\nx: $(printf '%060000d' 0 | tr 0 '[')\n---\n"
	file more "---\nstatus: ready\nx: $(printf '%0100000d' 0 | tr 0 '[')\n---\n"
	file keys "---\nstatus: ready\n$(printf 'k%d: v\\n' {1..4000})\n---\n"
	file braces "---\nstatus: ready\nx: $(printf '%020000d' 0 | sed 's/0/{a: /g')\n---\n"
	file seqs "---\nstatus: ready\nx: $(printf '%020000d' 0 | sed 's/0/- /g')\n---\n"
	run timeout 1 jared-queue -q -o id,waits
	[ "$status" = 0 ]
	[ "${#lines[@]}" = 6 ]
	[ "$(fault keys)" = "$(printf 'invalid:yaml\n2048: more than 4096 keys and values')" ]
	[ "$(fault brackets)" = "$(printf 'invalid:yaml\n3: nested more than 16 deep')" ]
	fine
}

@test "all scalars are strings" {
	file a '---\nid: 0777\nstatus: ready\npriority: no\nowner: 1e3\nmilestone: 2026-01-01\ntitle: "null"\n---\n'
	[ "$(jared-queue -o id,priority,owner,milestone,title)" = "$(tsv 0777 no 1e3 2026-01-01 null)" ]
}

@test "a key without a value is as none" {
	file a '---\nid:\nstatus: ready\npriority: ~\nowner: null\ndepends_on:\ncreated:\ntitle: ""\n---\n'
	[ "$(jared-queue -o id,priority,owner,waits,age,title)" = "$(tsv a - - - - -)" ]
}

@test "a value that begins with @ is text to the end of its line" {
	file a "---\nowner: @a b's  # why\nstatus: ready\ntitle: @x\n---\n"
	file b '---\nstatus: ready\ntitle: |\n  owner: @x\n---\n'
	file c '---\nstatus: ready\ntitle:\n  owner: @x\n---\n'
	[ "$(jared-queue -o owner,title a)" = "$(tsv "@a b's" @x)" ]
	[ "$(jared-queue -o title b)" = 'owner: @x\n' ]
	[ "$(fault c | head -1)" = invalid:yaml ]
}

# --- keys ---

@test "a key of the wrong kind is a fault with its line and the choices" {
	# TEXT|MESSAGE
	while IFS='|' read -r text want; do
		file a "---\nstatus: ready\n$text\n---\n"
		[ "$(fault a)" = "$(printf 'invalid:key\n%s' "$want")" ] || {
			fault a
			return 1
		}
	done <<-'END'
	title: [a, b]|3: 'title' must be one value
	priority: {a: b}|3: 'priority' must be one value
	depends_on: [a, [b]]|3: 'depends_on' must be a list of words
	depends_on: {a: b}|3: 'depends_on' must be a list of words
	depends_on:\n  - a\n  -|5: 'depends_on' must be a list of words
	depends_on: [a]\nblocked_by: [b]|4: 'blocked_by' stands for the same as 'depends_on'
	created: yesterday|3: bad created 'yesterday', valid: 2026-11-22, 2026-11-22 10:00, 2026-11-22T10:00:00Z
	hold_until: 2026-02-30|3: bad hold_until '2026-02-30', valid: 2026-11-22, 2026-11-22 10:00, 2026-11-22T10:00:00Z
	END
}

@test "no status at all is a fault" {
	file a '---\ntitle: x\n---\n'
	[ "$(fault a)" = "$(printf 'invalid:status\n1: no status, valid: draft, not_started, ready, in_progress, blocked, done, completed, cancelled, canceled')" ]
}

@test "what can be read of an invalid file is in its record" {
	file a '---\nid: X.1\nstatus: wip\ntitle: Hello\nowner: bo\n---\n'
	[ "$(jared-queue -q -o id,status,owner,title)" = "$(tsv x-1 wip bo Hello)" ]
}

@test "one word is a list of one, and of several owners the first counts" {
	file a '---\nstatus: ready\ndepends_on: b\nowner: [x, y]\n---\n'
	file b '---\nstatus: done\nowner: []\n---\n'
	[ "$(jared-queue -o state,owner)" = "$(tsv ready x; tsv "done" -)" ]
}

@test "the workstream is the directory's, unless the file says otherwise" {
	file a '---\nstatus: ready\n---\n'
	file b '---\nstatus: ready\nworkstream: other\n---\n'
	[ "$(jared-queue -o workstream)" = "$(printf 'main\nother')" ]
}

@test "control characters of a title never reach a terminal nor break a line" {
	file a '---\nstatus: ready\ntitle: "\\e]52;c;x\\a\\t\\n\\r\\\\"\n---\n'
	[ "$(jared-queue | wc -l)" = 1 ]
	[ "$(jared-queue -o title)" = "$(printf '\033]52;c;x\a\\t\\n\\r\\\\')" ]
	script -qec "jared-queue -o id,title" /dev/null </dev/null >got
	[ "$(tr -d '\r\n' <got | sed 's/\x1b\[[0-9;]*m//g' | tr -d '[:print:]' | wc -c)" = 0 ]
}

# --- identity ---

@test "an id is made by lower-casing and one dash for each run of other characters" {
	# RAW|ID
	while IFS='|' read -r raw id; do
		file a "---\nid: '$raw'\nstatus: ready\n---\n"
		[ "$(jared-queue -o id)" = "$id" ]
	done <<-'END'
	BACK-100.1|back-100-1
	INFRA_Fix (2)|infra-fix-2-
	../../etc/passwd|etc-passwd
	.hidden|hidden
	-n|n
	a b  c|a-b-c
	a--b|a--b
	zoë|zo-
	a:b.c;d$(e)|a-b-c-d-e-
	END
}

@test "an id of 120 bytes is fine; longer ones and empty ones are faults" {
	long=$(printf '%0120d' 0)
	file a "---\nid: $long\nstatus: ready\n---\n"
	[ "$(jared-queue -o id)" = "$long" ]
	file a "---\nid: ${long}0\nstatus: ready\n---\n"
	[ "$(fault a)" = "$(printf 'invalid:id\n2: id longer than 120 bytes')" ]
	[ "$(jared-queue -q -o id)" = a ]
	file a "---\nid: ../..\nstatus: ready\n---\n"
	[ "$(fault a)" = "$(printf "invalid:id\n2: no id can be made from '../..', valid: letters, digits and '-'")" ]
	rm $dir/a.md
	file 日本 '---\nstatus: ready\n---\n'
	file "$(printf '%0200d' 0)" '---\nstatus: ready\n---\n'
	run -0 --separate-stderr jared-queue -o id,waits
	[[ ${lines[0]} =~ ^0{100}-[0-9a-f]{16}$'\t'invalid:id$ ]]
	[[ ${lines[1]} =~ ^[0-9a-f]{16}$'\t'invalid:id$ ]]
}

# --- files ---

@test "directories, FIFOs, sockets and devices are no tasks, and nothing hangs" {
	file fine '---\nstatus: ready\n---\n'
	mkdir $dir/dir.md
	mkfifo $dir/fifo.md
	mknod $dir/null.md c 1 3 2>/dev/null || mkdir $dir/null.md
	run timeout 2 jared-queue -q -o id,waits
	[ "$status" = 0 ]
	for f in dir fifo null; do
		[ "$(fault $f)" = "$(printf 'invalid:file\n1: not a regular file')" ]
	done
	fine
}

@test "a symbolic link is followed inside the tree, and refused out of it" {
	mkdir shelf
	file fine '---\nstatus: ready\n---\n'
	mv $dir/fine.md shelf/x
	ln -s ../../../../shelf/x $dir/fine.md
	ln -s /etc/passwd $dir/passwd.md
	ln -s /dev/zero $dir/zero.md
	ln -s nowhere $dir/dangling.md
	ln -s loop.md $dir/loop.md
	ln -s ../../../../shelf $dir/shelf.md
	run timeout 2 jared-queue -q -o id
	[ "$status" = 0 ]
	for f in passwd zero; do
		[ "$(fault $f)" = "$(printf 'invalid:link\n1: a symbolic link that leaves the repository')" ]
	done
	for f in dangling loop; do
		[[ $(fault $f) == $'invalid:link\n1: a symbolic link that leads nowhere: '* ]]
	done
	[ "$(fault shelf)" = "$(printf 'invalid:file\n1: not a regular file')" ]
	fine
}

@test "a linked directory is followed inside the tree, and refused out of it" {
	mkdir -p shelf/tasks "$BATS_TEST_TMPDIR.out/tasks"
	printf -- '---\nstatus: ready\n---\n' | tee shelf/tasks/in.md >"$BATS_TEST_TMPDIR.out/tasks/out.md"
	ln -s ../../shelf tasks/workstreams/in
	ln -s "$BATS_TEST_TMPDIR.out" tasks/workstreams/out
	run -0 --separate-stderr jared-queue -o id,state,workstream
	[ "$output" = "$(tsv in ready in; tsv out invalid -)" ]
	[ "$stderr" = "jared-queue: tasks/workstreams/out:1: a symbolic link that leaves the repository" ]
	rm -r "$BATS_TEST_TMPDIR.out"
}

@test "a file of 100 GB costs nothing" {
	file fine '---\nstatus: ready\n---\n'
	truncate -s 100G $dir/sparse.md
	printf -- '---\nstatus: ready\n---\n' >$dir/huge.md
	truncate -s 100G $dir/huge.md
	rm $dir/fine.md
	run timeout 2 jared-queue -q -o id,state
	[ "$output" = "$(tsv huge ready; tsv sparse invalid)" ]
}

@test "a file or directory that may not be read is an invalid record" {
	[ "$(id -u)" != 0 ] || as=(setpriv --bounding-set=-dac_override,-dac_read_search)
	file fine '---\nstatus: ready\n---\n'
	file secret '---\nstatus: ready\n---\n'
	mkdir -p tasks/workstreams/closed/tasks
	chmod 0 $dir/secret.md tasks/workstreams/closed
	run -0 --separate-stderr "${as[@]}" "$BUILD/bin/jared-queue" -o id,waits
	[ "$output" = "$(tsv fine -; tsv closed invalid:file; tsv secret invalid:file)" ]
	[ "${stderr_lines[0]}" = "jared-queue: tasks/workstreams/closed:1: cannot open it: Permission denied" ]
	[ "${stderr_lines[1]}" = "jared-queue: $dir/secret.md:1: cannot open it: Permission denied" ]
}

@test "a directory that fails in the middle is an invalid record, not an empty one" {
	file fine '---\nstatus: ready\n---\n'
	run -0 --separate-stderr env ASAN_OPTIONS=detect_leaks=0 strace -qq -o trace \
	    -e trace=getdents64 -e inject=getdents64:error=EIO:when=3 jared-queue -o file,waits
	[ "${lines[1]}" = "$(tsv $dir invalid:file)" ]
	[ "$stderr" = "jared-queue: $dir:1: cannot read it: Input/output error" ]
}

@test "hidden files, other suffixes and READMEs are no tasks" {
	for f in .hidden README readme index; do
		file $f 'no front matter'
	done
	: >$dir/notes.txt
	: >tasks/workstreams/README.md
	mkdir -p tasks/workstreams/.git/tasks
	: >tasks/workstreams/.git/tasks/x.md
	run -1 --separate-stderr jared-queue
	[ "$stderr_lines" != "" ]
	[ -z "$output" ]
}

@test "a name with a TAB, a newline or a quote is one field" {
	file $'a\tb\n"c' '---\nstatus: ready\n---\n'
	[ "$(jared-queue -o id,file)" = "$(tsv a-b-c "$dir/a\\tb\\n\"c.md")" ]
	jared-queue -j | jq -e '.file | endswith("a\tb\n\"c.md")'
}
