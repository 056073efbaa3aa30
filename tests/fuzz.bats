load lib.bash
setup() { setup_world; }

# Fuzz targets over what was found so far, and over what is meant to be slow.
# An input that takes more than 50 ms fails; a sanitizer has its own time.

replay() { "$BUILD/tests/fuzz/$1" "${@:2}"; }

@test "every target is replayed here, over a corpus" {
	for source in "$BATS_TEST_DIRNAME"/fuzz/*.c; do
		name=$(basename "$source" .c)
		[ "$name" != replay ] || continue
		grep -qx "@test \"corpus: $name\" { replay $name .*; }" "$BATS_TEST_FILENAME"
		[ "$(ls "$BATS_TEST_DIRNAME/fuzz/corpus/$name" | wc -l)" -ge 4 ]
	done
}

@test "corpus: front" { replay front "$BATS_TEST_DIRNAME/fuzz/corpus/front" "$BATS_TEST_DIRNAME"/fixtures/backlog-md/backlog/*; }
@test "corpus: edit" { replay edit "$BATS_TEST_DIRNAME/fuzz/corpus/edit"; }
@test "corpus: tsv" { replay tsv "$BATS_TEST_DIRNAME/fuzz/corpus/tsv"; }
@test "corpus: index" { replay index "$BATS_TEST_DIRNAME/fuzz/corpus/index"; }
@test "corpus: json" { replay json "$BATS_TEST_DIRNAME/fuzz/corpus/json"; }
@test "corpus: osc" { replay osc "$BATS_TEST_DIRNAME/fuzz/corpus/osc"; }
@test "corpus: legible" { replay legible "$BATS_TEST_DIRNAME/fuzz/corpus/legible"; }

# big TEXT: it again and again, as much as front matter may have
big() { awk -v s="$1" 'BEGIN { gsub(/\\n/, "\n", s); while (n < 65500) { printf "%s", s; n += length(s) } }' | head -c 65500; }

@test "no input is slow: front matter as long and as odd as it may be" {
	! nm -u "$BUILD/tests/fuzz/front" | grep -q __asan_ || skip "a sanitizer has its own time"
	mkdir front edit
	n=0
	while IFS= read -r text; do
		n=$((n + 1))
		{ echo ---; big "$text"; printf '\n---\n'; } >front/$n
		{ echo 'k=v, w'; cat front/$n; } >edit/$n
	done <<-'END'
	[
	{
	{a: 
	[a, 
	- 
	? 
	- - 
	a: 
	: 
	a
	"
	'
	#
	%
	\n
	 
	&a 
	*a 
	!a 
	a:\n
	a: b\n
	k: v\n# \n
	- a\n
	|\n
	k: |\n
	"\\u263a
	k: @a\n
	'' 
	"\n
	[]\n
	é
	a\n b\n
	END
	for i in 1 2 3 4 5 6 7 8 9; do
		{ echo ---; seq -f 'k%g: v' $((i * 500)) | head -c 65000 | sed '$d'; echo ---; } >front/keys$i
		{ echo 'k7=v, w'; cat front/keys$i; } >edit/keys$i
		{ echo ---; echo a:; seq -f '  %g: v' $((i * 900)) | head -c 65000 | sed '$d'; echo ---; } >front/map$i
		{ echo ---; echo a:; yes -- '- v' | head -n $((i * 900)); echo ---; } >front/list$i
		{ echo ---; echo "a: [v$(yes ', v' | head -n $((i * 900)) | tr -d '\n')]"; echo ---; } >front/flow$i
	done
	head -c 100000 /dev/zero | tr '\0' '[' >front/long
	replay front front
	replay edit edit
}
