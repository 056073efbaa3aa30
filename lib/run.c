#include "run.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "clock.h"
#include "fs.h"
#include "num.h"
#include "tsv.h"

enum { SMALL = 64 * 1024 };

int
run_base(int statefd, bool create)
{
	if (create && fs_mkdirs(statefd, "run") < 0)
		return -1;
	return fs_open_dir(statefd, "run");
}

char *
run_alive_name(struct arena *a, const char *id)
{
	return arena_printf(a, "%s.alive", id);
}

char *
run_disp_name(struct arena *a, const char *id, int64_t n)
{
	return arena_printf(a, "%s.%lld.disp", id, (long long)n);
}

char *
run_name(struct arena *a, const char *id, int64_t n)
{
	return arena_printf(a, "%s.%lld", id, (long long)n);
}

int
run_dir(int statefd, const char *id, int64_t n, bool create)
{
	struct arena a = { 0 };
	int base = run_base(statefd, create), fd = -1;

	if (base >= 0) {
		char *name = run_name(&a, id, n);

		if (!create || fs_mkdirs(base, name) == 0)
			fd = fs_open_dir(base, name);
		int err = errno;
		close(base);
		errno = err;
	}
	arena_release(&a);
	return fd;
}

static enum lock_state
probe(int statefd, const char *name)
{
	int base = statefd < 0 ? -1 : run_base(statefd, false);
	enum lock_state s;

	if (statefd < 0)
		return LOCK_FREE;
	if (base < 0)
		return errno == ENOENT ? LOCK_FREE : LOCK_UNKNOWN;
	s = lock_probe(base, name);
	close(base);
	return s;
}

enum lock_state
run_alive(int statefd, const char *id)
{
	struct arena a = { 0 };
	enum lock_state s = probe(statefd, run_alive_name(&a, id));

	arena_release(&a);
	return s;
}

enum lock_state
run_disp(int statefd, const char *id, int64_t n)
{
	struct arena a = { 0 };
	enum lock_state s = probe(statefd, run_disp_name(&a, id, n));

	arena_release(&a);
	return s;
}

/* --- exit record: one line with a crc, the rest of the file zeros --- */

int
run_exit_prepare(int dirfd)
{
	if (fs_preallocate(dirfd, "exit", RUN_EXIT_SIZE) < 0 && errno != EEXIST)
		return -1;
	return 0;
}

int
run_exit_write(int dirfd, const struct exit_record *e)
{
	struct buf b = BUF_INIT;
	int r = -1, err, fd = openat(dirfd, "exit",
	    O_WRONLY | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, 0600);

	if (fd < 0)
		return -1;
	tsv_addf(&b, '\t', "%lld", (long long)e->run);
	tsv_addf(&b, '\t', "%d", e->code);
	tsv_addf(&b, '\t', "%d", e->signal);
	tsv_add(&b, e->cause, '\t');
	tsv_addf(&b, '\t', "%lld", (long long)e->time);
	tsv_addf(&b, '\t', "%lld", (long long)e->utime_ms);
	tsv_addf(&b, '\t', "%lld", (long long)e->stime_ms);
	tsv_addf(&b, '\t', "%lld", (long long)e->maxrss_kb);
	tsv_add(&b, e->tip, '\t');
	tsv_add(&b, e->report, '\t');
	tsv_seal(&b, 0);
	if (pwrite(fd, b.s, b.len, 0) == (ssize_t)b.len && fsync(fd) == 0)
		r = 0;
	err = errno;
	close(fd);
	buf_release(&b);
	errno = err;
	return r;
}

static int
signed_num(const char *s, int *out)
{
	int64_t n;
	bool minus = *s == '-';

	if (num_parse(s + minus, 0, INT32_MAX, &n) < 0)
		return -1;
	*out = minus ? -(int)n : (int)n;
	return 0;
}

static void
copy(char *out, size_t size, const char *s)
{
	snprintf(out, size, "%s", s ? s : "");
}

int
run_exit_read(int dirfd, struct exit_record *e)
{
	enum { RUN, CODE, SIG, CAUSE, TIME, UTIME, STIME, RSS, TIP, REPORT, N };
	char text[RUN_EXIT_SIZE + 1], *lf, *f[N];
	const char *why;
	int fd = fs_open_regular(dirfd, "exit");
	ssize_t n, payload;

	*e = (struct exit_record){ .run = 0 };
	if (fd < 0)
		return -1;
	n = pread(fd, text, RUN_EXIT_SIZE, 0);
	close(fd);
	text[n > 0 ? n : 0] = '\0';
	lf = strchr(text, '\n');
	if (!lf)
		return -1;
	payload = tsv_sealed(text, (size_t)(lf - text));
	if (payload < 0)
		return -1;
	text[payload] = '\0';
	if (tsv_split(text, f, N, &why) != N)
		return -1;
	for (int i = 0; i < TIP; i++)
		if (!f[i])
			return -1;
	if (num_parse(f[RUN], 0, INT64_MAX, &e->run) < 0 ||
	    signed_num(f[CODE], &e->code) < 0 || signed_num(f[SIG], &e->signal) < 0 ||
	    num_parse(f[TIME], 0, CLOCK_MAX, &e->time) < 0 ||
	    num_parse(f[UTIME], 0, INT64_MAX, &e->utime_ms) < 0 ||
	    num_parse(f[STIME], 0, INT64_MAX, &e->stime_ms) < 0 ||
	    num_parse(f[RSS], 0, INT64_MAX, &e->maxrss_kb) < 0)
		return -1;
	copy(e->cause, sizeof e->cause, f[CAUSE]);
	copy(e->tip, sizeof e->tip, f[TIP]);
	copy(e->report, sizeof e->report, f[REPORT]);
	return 0;
}

/* --- status, report, agent --- */

int
run_status_write(int dirfd, const struct run_status *s)
{
	struct buf b = BUF_INIT;
	char since[CLOCK_TEXT];
	int r;

	tsv_add(&b, s->state, '\t');
	tsv_add(&b, s->reason, '\t');
	tsv_add(&b, clock_format(s->since, since), '\t');
	tsv_add(&b, s->source, '\t');
	tsv_add(&b, s->text, '\n');
	r = fs_replace_fast(dirfd, "status", b.s, b.len);
	buf_release(&b);
	return r;
}

int
run_status_read(int dirfd, struct run_status *s, struct arena *a)
{
	struct buf b = BUF_INIT;
	char *f[5], *text, *lf;
	const char *why;

	*s = (struct run_status){ .state = NULL };
	if (fs_read(dirfd, "status", SMALL, &b) < 0) {
		buf_release(&b);
		return -1;
	}
	text = arena_strndup(a, b.s, b.len);
	buf_release(&b);
	lf = strchr(text, '\n');
	if (!lf)
		return -1;
	*lf = '\0';
	if (tsv_split(text, f, 5, &why) != 5 || !f[0] || !f[2] || !f[3] ||
	    clock_parse(f[2], &s->since) < 0)
		return -1;
	s->state = f[0];
	s->reason = f[1];
	s->source = f[3];
	s->text = f[4];
	return 0;
}

int
run_quiet_write(int dirfd, int64_t since, int64_t limit)
{
	struct buf b = BUF_INIT;
	char text[CLOCK_TEXT];
	int r;

	tsv_add(&b, clock_format(since, text), '\t');
	tsv_addf(&b, '\n', "%lld", (long long)limit);
	r = fs_replace_fast(dirfd, "quiet", b.s, b.len);
	buf_release(&b);
	return r;
}

int
run_quiet_read(int dirfd, int64_t *since, int64_t *limit)
{
	struct buf b = BUF_INIT;
	char *f[2];
	const char *why;
	int r = -1;

	if (fs_read(dirfd, "quiet", 256, &b) == 0) {
		b.s[strcspn(b.s, "\n")] = '\0';
		if (tsv_split(b.s, f, 2, &why) == 2 && f[0] && f[1] &&
		    clock_parse(f[0], since) == 0)
			r = num_parse(f[1], 0, INT64_MAX, limit);
	}
	buf_release(&b);
	return r;
}

void
run_quiet_end(int dirfd)
{
	(void)unlinkat(dirfd, "quiet", 0);
}

/* The end of a file, at most size - 1 bytes of it, as a string; its length. */
static size_t
read_tail(int dirfd, const char *name, char *text, size_t size)
{
	int fd = fs_open_regular(dirfd, name);
	struct stat st;
	ssize_t n = 0;

	if (fd >= 0 && fstat(fd, &st) == 0) {
		off_t skip = st.st_size - (off_t)(size - 1);

		n = pread(fd, text, size - 1, skip > 0 ? skip : 0);
	}
	if (fd >= 0)
		close(fd);
	text[n > 0 ? n : 0] = '\0';
	return n > 0 ? (size_t)n : 0;
}

int
run_report_read(int dirfd, const char **word, const char **text, struct arena *a)
{
	char tail[4096], *s, *end;

	*word = *text = NULL;
	if (read_tail(dirfd, "report", tail, sizeof tail) == 0)
		return -1;
	s = arena_strdup(a, tail);
	end = s + strlen(s);
	while (end > s && strchr(" \t\r\n", end[-1]))
		*--end = '\0';
	s = strrchr(s, '\n') ? strrchr(s, '\n') + 1 : s;
	s += strspn(s, " \t");
	if (!*s)
		return -1;
	*word = s;
	s += strcspn(s, " \t:");
	if (*s) {
		*s++ = '\0';
		s += strspn(s, " \t:");
		*text = *s ? s : NULL;
	}
	return 0;
}

int
run_agent_write(int dirfd, const struct proc_id *id)
{
	struct buf b = BUF_INIT;
	int r;

	tsv_addf(&b, '\t', "%ld", (long)id->pid);
	tsv_addf(&b, '\n', "%llu", (unsigned long long)id->start);
	r = fs_replace_fast(dirfd, "agent", b.s, b.len);
	buf_release(&b);
	return r;
}

int
run_agent_read(int dirfd, struct proc_id *id)
{
	struct buf b = BUF_INIT;
	int64_t pid, start;
	char *tab;
	int r = -1;

	if (fs_read(dirfd, "agent", 256, &b) == 0 && (tab = strchr(b.s, '\t'))) {
		*tab++ = '\0';
		tab[strcspn(tab, "\n")] = '\0';
		if (num_parse(b.s, 1, INT32_MAX, &pid) == 0 &&
		    num_parse(tab, 0, INT64_MAX, &start) == 0) {
			*id = (struct proc_id){ (pid_t)pid, (uint64_t)start };
			r = 0;
		}
	}
	buf_release(&b);
	return r;
}

int64_t
run_written_ms(int dirfd, const char *name)
{
	struct stat st;

	if (fstatat(dirfd, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return -1;
	return (int64_t)st.st_mtim.tv_sec * 1000 + st.st_mtim.tv_nsec / 1000000;
}

int64_t
run_log_age(int dirfd)
{
	int64_t at = run_written_ms(dirfd, "log"), age = clock_now() - at / 1000;

	return at < 0 ? -1 : age < 0 ? 0 : age;
}
