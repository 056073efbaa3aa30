/* What is read from a terminal's output, and recordings of it cut at every
 * byte.  osc FILE: print what the recording tells, one line each. */
#include <fcntl.h>
#include <stdlib.h>

#include "base64.h"
#include "check.h"
#include "fs.h"
#include "osc.h"
#include "typed.h"

static struct osc osc;
static struct buf out = BUF_INIT, told = BUF_INIT;

static void
note(enum osc_what what)
{
	static const char *const word[] = {
		[OSC_NOTHING] = "-", [OSC_REPORT] = "report", [OSC_ASKS] = "query",
		[OSC_TITLE] = "title", [OSC_NOTIFY] = "notify", [OSC_BELL] = "bell",
		[OSC_PASTE] = "paste",
	};

	if (what == OSC_NOTHING)
		return;
	buf_addstr(&told, word[what]);
	if (what == OSC_REPORT) {
		buf_addf(&told, " %s", osc_state_name(osc.state));
		if (*osc.kind)
			buf_addf(&told, " %s", osc.kind);
	}
	if (what == OSC_PASTE)
		buf_addstr(&told, osc.paste ? " on" : " off");
	else if (what != OSC_ASKS && what != OSC_BELL && *osc.text)
		buf_addf(&told, " (%s)", osc.text);
	buf_addch(&told, '\n');
}

static void
feed(const char *data, size_t n)
{
	enum osc_what what;

	for (size_t taken; n > 0; data += taken, n -= taken) {
		taken = osc_take(&osc, data, n, &out, &what);
		note(what);
	}
}

static void
start(void)
{
	osc = (struct osc){ 0 };
	buf_reset(&out);
	buf_reset(&told);
}

/* Told and shown when it comes whole, and when it is cut in two anywhere. */
static void
check_bytes(int line, const char *data, size_t n, const char *want, const char *shown,
    size_t n_shown)
{
	for (size_t cut = 0; cut <= n; cut++) {
		start();
		feed(data, cut);
		feed(data + cut, n - cut);
		osc_rest(&osc, &out);
		check_str(__FILE__, line, told.s, want);
		if (out.len != n_shown || memcmp(out.s, shown, n_shown) != 0) {
			failed = 1;
			fprintf(stderr, "%s:%d: cut at %zu the screen gets other bytes: %s\n",
			    __FILE__, line, cut, out.s);
		}
	}
}

/* Literals, without their NUL. */
#define TELLS(data, want, shown) \
	check_bytes(__LINE__, data, sizeof(data) - 1, want, shown, sizeof(shown) - 1)
#define PASSES(data, want) TELLS(data, want, data)

static void
check_reports(void)
{
	TELLS("a\033]7501;state=working:app=x\033\\b", "report working\n", "ab");
	TELLS("a\033]7501;state=idle\ab", "report idle\n", "ab");
	TELLS("\033]7501;app=x:state=done\a\033]7501;state=clear\a",
	    "report done\nreport clear\n", "");
	TELLS("\033]7501;state=blocked:kind=permission:msg=YXBwcm92ZSBCYXNoOiB0b3VjaCB4\a",
	    "report blocked permission (approve Bash: touch x)\n", "");
	TELLS("\033]7501;state=error:msg=QQ\a", "report error (A)\n", "");
	/* A message that is none is left out, the state stands. */
	TELLS("\033]7501;state=error:msg=Q\a", "report error\n", "");
	TELLS("\033]7501;state=error:msg=Q*==:kind=A b\a", "report error\n", "");
	TELLS("\033]7501;state:x=:progress=50:state=idle\a", "report idle\n", "");
	TELLS("\033]7501;state=sleeping\a\033]7501;kind=x\a\033]7501;\a\033]7501;?x\a", "", "");
	/* C0 is ignored, CAN and SUB cancel. */
	TELLS("\033]7501;sta\nte=\1idle\a", "report idle\n", "");
	TELLS("a\033]7501;state=idle\030b\033]7501;state=done\032c", "", "abc");
	/* So does another sequence. */
	TELLS("\033]7501;state=idle\033[1m\033]7501;state=done\033]7501;state=error\a",
	    "report error\n", "\033[1m\033\\");
	/* MSG: U+202E, NUL, ESC, "[31m", 0xff, LF, "x" */
	TELLS("\033]7501;state=error:msg=4oCuABtbMzFt/wp4\a", "report error ([31m x)\n", "");
}

static void
check_queries(void)
{
	TELLS("\033]7501;?\a\033[c", "query\n", "\033[c");
	CHECK_STR(osc.text, "\033]7501;?\a");
	TELLS("\033]7501;?\033\\\033[c", "query\n", "\033[c");
	CHECK_STR(osc.text, "\033]7501;?\033\\");
	/* What is dropped leaves the screen where the whole would. */
	TELLS("\033\033]7501;?\a]7501;?\a", "query\nbell\n", "\033\033\\]7501;?\a");
	TELLS("\033[3\033]7501;?\a1m", "query\n", "\033[3\033\\1m");
}

static void
check_others(void)
{
	PASSES("\033]0;a b\a\033]2;\302\240c\033\\\033]1;icon\a", "title (a b)\ntitle (\302\240c)\n");
	PASSES("\033]0;\a\033]2;x\1\177\xff\033[y\a", "title\nbell\n");
	PASSES("\033]9;done\a\033]9;4;1;50\a\033]777;notify;t;b;c\033\\\033]777;notify;;b\a",
	    "notify (done)\nnotify (t: b;c)\nnotify (b)\n");
	PASSES("a\ab\033[\a1m", "bell\nbell\n");
	PASSES("\033[?2004h\033[?1004;2004l\033[2004h\033[?2004;25h\033c", "paste on\npaste off\npaste on\npaste off\n");
	PASSES("\033[?2004$p\033[?20040h\033[>2004h\033[?2004h", "paste on\n");
	PASSES("\033]75\a\033]7501\a\033]75011;?\a\033]7\0501;?\a\033]52;c;AAAA\a", "");
	/* No bell, and nothing of ours, within other strings. */
	PASSES("\033Pq\a\033\033]7501;?\a\033\\\a", "bell\n");
	PASSES("\033_a\ab\033\\\033^\a\033\\\033X\a\033\\\033k\a\033\\", "");
	TELLS("\033Pq\033]7501;?\a", "query\n", "\033Pq\033\\");
	PASSES("\033(B\033#8\033(]7501;?\a", "bell\n");
}

static void
check_long(void)
{
	struct buf b = BUF_INIT;

	for (size_t fill = OSC_MAX - 20; fill < OSC_MAX + 20; fill++) {
		buf_reset(&b);
		buf_addstr(&b, "\033]7501;state=idle:x=");
		while (b.len < fill)
			buf_addch(&b, 'A');
		buf_addstr(&b, "\aafter");
		start();
		feed(b.s, b.len);
		/* Of "ESC ] 7501;" and BEL, 8 are not the report's. */
		CHECK_STR(told.s, fill - 7 <= OSC_MAX ? "report idle\n" : "");
		CHECK_STR(out.s, "after");
	}
	buf_release(&b);
}

static void
check_typed(void)
{
	static const char *const not[] = { "", "\033[I", "\033[O", "\033[?1;2c",
		"\033[24;80R", "\033]11;rgb:0/0/0\033\\", "\033]11;x\a\033[0n\033[I",
		"\033P>|tmux\033\\", "\033[?2004;2$y" };
	static const char *const by[] = { "a", "\r", "\033", "\033[A", "\033[15~",
		"\033OP", "\033[I ", "\033[200~x\033[201~", "\033]11", "\033[97u", "\033[" };

	for (size_t i = 0; i < sizeof not / sizeof *not; i++)
		CHECK(!typed_by_person(not[i], strlen(not[i])));
	for (size_t i = 0; i < sizeof by / sizeof *by; i++)
		CHECK(typed_by_person(by[i], strlen(by[i])));
}

static void
check_base64(void)
{
	static const struct { const char *in, *out; } pair[] = {
		{ "", "" }, { "QQ==", "A" }, { "QUI=", "AB" }, { "QUJD", "ABC" },
		{ "QUJDRA", "ABCD" }, { "+/+/", "\xfb\xff\xbf" }, { "A", NULL },
		{ "Q===", NULL }, { "QUJD\n", NULL }, { "-_-_", NULL }, { "=QQ", NULL },
	};

	for (size_t i = 0; i < sizeof pair / sizeof *pair; i++) {
		char text[16];
		ssize_t n;

		strcpy(text, pair[i].in);
		n = base64_decode(text);
		CHECK_STR(n < 0 ? NULL : text, pair[i].out);
		CHECK(n < 0 || (size_t)n == strlen(text));
	}
}

/* Whole, byte by byte, and from every byte on in one piece: the same. */
static void
check_recording(const char *path)
{
	enum { WINDOW = 300 };
	struct buf data = BUF_INIT, tail = BUF_INIT;
	char *want;
	size_t n_want;

	if (fs_read(AT_FDCWD, path, 1 << 24, &data) < 0)
		die_errno(EXIT_FAIL, "cannot read '%s'", path);
	start();
	feed(data.s, data.len);
	want = buf_steal(&told);
	n_want = out.len;
	start();
	for (size_t i = 0; i < data.len; i++) {
		struct osc here = osc, there;
		size_t n_out = out.len, n_told = told.len;
		size_t n = data.len - i < WINDOW ? data.len - i : WINDOW;

		feed(data.s + i, n);
		there = osc;
		buf_reset(&tail);
		buf_add(&tail, told.s + n_told, told.len - n_told);
		buf_add(&tail, out.s + n_out, out.len - n_out);
		osc = here;
		buf_setlen(&out, n_out);
		buf_setlen(&told, n_told);
		for (size_t k = 0; k < n; k++)
			feed(data.s + i + k, 1);
		CHECK(there.mode == osc.mode && there.paste == osc.paste &&
		    there.n == osc.n && there.n_held == osc.n_held);
		CHECK(tail.len == told.len - n_told + out.len - n_out &&
		    memcmp(tail.s, told.s + n_told, told.len - n_told) == 0 &&
		    memcmp(tail.s + told.len - n_told, out.s + n_out, out.len - n_out) == 0);
		osc = here;
		buf_setlen(&out, n_out);
		buf_setlen(&told, n_told);
		feed(data.s + i, 1);
	}
	CHECK_STR(told.s, want);
	CHECK(out.len == n_want);
	fputs(want, stdout);
	free(want);
	buf_release(&data);
	buf_release(&tail);
}

int
main(int argc, char **argv)
{
	check_reports();
	check_queries();
	check_others();
	check_long();
	check_typed();
	check_base64();
	for (int i = 1; i < argc; i++)
		check_recording(argv[i]);
	buf_release(&out);
	buf_release(&told);
	return failed;
}
