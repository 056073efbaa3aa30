#include "pace.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "clock.h"
#include "fs.h"
#include "hooklog.h"
#include "run.h"

enum {
	LOOKS = 8,              /* within the limit */
	BUSY_PERCENT = 5,
	BUSY_MS = 30,           /* the kernel counts in ticks of some 10 */
	LATE_MS = 1000,         /* what a loaded machine makes of a timer */
};

static int64_t
wall_ms(void)
{
	return clock_stamp_ns() / 1000000;
}

/* Changes whenever the file does; 0 if there is none. */
static int64_t
mark_of(int dirfd, const char *name)
{
	struct stat st;

	if (!name || fstatat(dirfd, name, &st, 0) < 0)
		return 0;
	return (int64_t)st.st_mtim.tv_sec * 1000000000 + st.st_mtim.tv_nsec + st.st_size;
}

static void
take_marks(const struct pace *p, struct pace_marks *m)
{
	int common = fs_open_dir(AT_FDCWD, p->spec->common);
	struct arena a = { 0 };
	struct hooklog h;

	memset(m, 0, sizeof *m);
	if (common < 0 || git_ref_read(common, p->spec->branch, m->tip) < 0)
		*m->tip = '\0';
	/* What stands behind the NUL is compared, too. */
	memset(m->tip + strlen(m->tip), 0, sizeof m->tip - strlen(m->tip));
	if (common >= 0)
		close(common);
	m->hooks = mark_of(p->dir, "hooks");
	if (hooklog_read(p->dir, &h, &a) == 0 && h.transcript && *h.transcript == '/')
		m->transcript = mark_of(AT_FDCWD, h.transcript);
	arena_release(&a);
	m->report = mark_of(p->dir, "report");
}

static void
set_next(struct pace *p)
{
	int64_t ms = p->limit / LOOKS;

	if (p->quiet < p->limit && p->limit - p->quiet < ms)
		ms = p->limit - p->quiet;
	p->next = p->turn + ms;
}

void
pace_begin(struct pace *p, int dir, const struct run_spec *spec)
{
	*p = (struct pace){ .spec = spec, .dir = dir, .limit = spec->stall_after * 1000,
	    .turn = clock_awake_ms(), .since = wall_ms() };
	run_quiet_end(dir);
	if (!p->limit)
		return;
	take_marks(p, &p->marks);
	/* The processor has not been used yet: the agent is just there, and to look
	 * through all processes for it is dear when many start. */
	set_next(p);
}

void
pace_end(struct pace *p)
{
	fresh_end(&p->fresh);
	if (p->told)
		run_quiet_end(p->dir);
	p->told = false;
	p->limit = 0;
}

/* There was progress, ago milliseconds of watching ago. */
static void
moved(struct pace *p, int64_t ago, int64_t when)
{
	fresh_end(&p->fresh);
	if (p->told)
		run_quiet_end(p->dir);
	p->told = false;
	p->quiet = ago;
	p->since = when;
	p->walked = 0;
}

void
pace_moved(struct pace *p)
{
	if (p->limit && !p->stands)
		moved(p, 0, wall_ms());
}

void
pace_stand(struct pace *p, bool stands)
{
	if (!p->limit || stands == p->stands)
		return;
	moved(p, 0, wall_ms());
	p->stands = stands;
	p->turn = clock_awake_ms();
	set_next(p);
}

void
pace_missed(struct pace *p)
{
	p->turn = clock_awake_ms();
	set_next(p);
}

void
pace_news(struct pace *p)
{
	p->news = true;
}

int64_t
pace_due(const struct pace *p)
{
	int64_t left = p->next - clock_awake_ms();

	if (!p->limit || p->stands)
		return 0;
	return clock_boot_ms() + (p->news || left < 0 ? 0 : left);
}

static void
count(struct pace *p)
{
	int64_t now = clock_awake_ms(), d = now - p->turn;

	if (now > p->next + LATE_MS)
		d = p->next > p->turn ? p->next - p->turn : 0;
	p->quiet += d;
	p->span += d;
	p->turn = now;
}

/* A change of the worktree counts from when it was made. */
static void
walk(struct pace *p)
{
	struct fresh *f = &p->fresh;
	bool more = fresh_look(f);
	int64_t age = wall_ms() - f->newest;

	if (more && age >= p->limit / 2)
		return;
	fresh_end(f);
	if (f->newest > p->since) {
		moved(p, age < 0 ? 0 : age < p->quiet ? age : p->quiet, f->newest);
		return;
	}
	p->walked = p->quiet;
	if (!p->told && run_quiet_write(p->dir, p->since / 1000, p->limit / 1000) == 0)
		p->told = true;
}

/* Enough of the processor was used since it was last asked, which must be a
 * while ago to mean anything. */
static bool
is_busy(struct pace *p, pid_t ui)
{
	int64_t cpu, used;

	if (p->span < p->limit / LOOKS / 2)
		return false;
	cpu = proc_descendants_cpu_ms(ui);
	used = cpu - p->cpu;
	p->cpu = cpu;
	bool busy = used >= BUSY_MS && used * 100 >= p->span * BUSY_PERCENT;
	p->span = 0;
	return busy;
}

static void
look(struct pace *p, pid_t ui)
{
	struct pace_marks m;
	int64_t now = wall_ms();
	bool busy = is_busy(p, ui);

	/* The clock on the wall was put back. */
	if (p->since > now)
		p->since = now;
	take_marks(p, &m);
	if (busy || memcmp(&m, &p->marks, sizeof m) != 0) {
		moved(p, 0, now);
	} else if (p->quiet >= p->limit && p->quiet - p->walked >= p->limit / 2) {
		fresh_begin(&p->fresh, p->spec->worktree);
		walk(p);
	}
	p->marks = m;
	p->news = false;
}

void
pace_turn(struct pace *p, pid_t ui)
{
	if (!p->limit || p->stands)
		return;
	count(p);
	if (p->fresh.n > 0)
		walk(p);
	else if (p->news || p->turn >= p->next)
		look(p, ui);
	else
		return;
	set_next(p);
	if (p->fresh.n > 0)
		p->next = p->turn;
}
