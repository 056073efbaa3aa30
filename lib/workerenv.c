#include "workerenv.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "prefix.h"

static bool
listed(const char *name, size_t len, const char *const *list)
{
	for (size_t i = 0; list && list[i]; i++) {
		size_t n = strlen(list[i]);

		if (n && list[i][n - 1] == '*' ? len >= n - 1 &&
		    memcmp(name, list[i], n - 1) == 0 :
		    len == n && memcmp(name, list[i], n) == 0)
			return true;
	}
	return false;
}

static const char *const usual[] = {
	"HOME", "USER", "LOGNAME", "SHELL", "LANG", "LANGUAGE", "LC_*", "TZ",
	"TMPDIR", "XDG_*", "SSH_AUTH_SOCK", "http_proxy", "https_proxy",
	"no_proxy", "all_proxy", "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY",
	"ALL_PROXY", "SSL_CERT_FILE", "SSL_CERT_DIR", "NODE_EXTRA_CA_CERTS", NULL,
};

struct envlist { const char **v; size_t n, cap; };

/* A later one takes the place of an earlier one: of two, every program would
 * choose its own. */
static void
add_env(struct envlist *e, const char *assignment)
{
	size_t len = strcspn(assignment, "=") + 1;

	for (size_t i = 0; i < e->n; i++)
		if (strncmp(e->v[i], assignment, len) == 0) {
			e->v[i] = assignment;
			return;
		}
	GROW(e->v, e->n, e->cap);
	e->v[e->n++] = assignment;
}

const char **
worker_ports(const struct config *c, int64_t lo, int64_t hi, struct arena *a)
{
	size_t n = 0, most = (size_t)(hi - lo) + 1;
	const char **v;

	while (c->port_names && n < most && c->port_names[n])
		n++;
	v = arena_alloc(a, (n + 2) * sizeof *v);
	v[0] = arena_printf(a, "JARED_PORT=%lld", (long long)lo);
	for (size_t i = 0; i < n; i++)
		v[i + 1] = arena_printf(a, "%s=%lld",
		    config_port_variable(c->port_names[i], a), (long long)lo + (long long)i);
	return v;
}

static const char *
search_path(void)
{
	const char *path = getenv("PATH");

	return path && *path ? path : "/usr/local/bin:/usr/bin:/bin";
}

static bool
can_run(const char *dir, size_t n, const char *program)
{
	char *path = xasprintf("%.*s/%s", (int)n, dir, program);
	struct stat st;
	bool can = stat(path, &st) == 0 && S_ISREG(st.st_mode) && access(path, X_OK) == 0;

	free(path);
	return can;
}

/* A word with '/' or a placeholder is for the worker's directory to tell. */
void
worker_need_program(const struct profile *p)
{
	const char *program = *(strcmp(p->mode, "interactive") == 0 ?
	    p->interactive : p->headless);

	if (!program || strchr(program, '/') || strstr(program, "{{"))
		return;
	for (const char *dir = search_path(); *dir; ) {
		size_t n = strcspn(dir, ":");

		if (can_run(dir, n, program))
			return;
		dir += n + (dir[n] == ':');
	}
	if (!can_run(prefix_bin(), strlen(prefix_bin()), program))
		die(EXIT_FAIL, "agent '%s': no program '%s' in PATH; install it, "
		    "or set 'agent' in jared.yaml", p->name, program);
}

const char **
worker_env(struct dispatcher *d, const struct claim *c, const char **own)
{
	const struct profile *p = &d->profile;
	const char *run;
	struct envlist e = { 0 };

	for (char **v = environ; *v; v++) {
		size_t len = strcspn(*v, "=");

		if ((listed(*v, len, usual) || listed(*v, len, p->pass) ||
		    listed(*v, len, d->q->config.pass_env)) &&
		    !listed(*v, len, p->unset))
			add_env(&e, *v);
	}
	/* Behind the rest, so that a worker finds `jared` also under cron. */
	add_env(&e, arena_printf(&d->arena, "PATH=%s:%s", search_path(), prefix_bin()));
	add_env(&e, "TERM=tmux-256color");
	for (; own && *own; own++)
		add_env(&e, *own);
	run = arena_printf(&d->arena, "%s.%lld", c->task->id, (long long)c->n);
	add_env(&e, arena_printf(&d->arena, "JARED_ATTEMPT=%s", run));
	add_env(&e, arena_printf(&d->arena, "JARED_TASK=%s", c->task->id));
	add_env(&e, arena_printf(&d->arena, "JARED_STATE=%s", d->q->repo.state));
	add_env(&e, arena_printf(&d->arena, "JARED_ROOT=%s", d->q->repo.root));
	add_env(&e, arena_printf(&d->arena, "JARED_STATUS=%s/run/%s/report",
	    d->q->repo.state, run));
	if (getenv("JARED_TMUX_SOCKET"))
		add_env(&e, arena_printf(&d->arena, "JARED_TMUX_SOCKET=%s",
		    getenv("JARED_TMUX_SOCKET")));
	for (const char **v = worker_ports(&d->q->config, c->port_lo, c->port_hi,
	    &d->arena); *v; v++)
		add_env(&e, *v);
	const char **v = arena_alloc(&d->arena, (e.n + 1) * sizeof *v);
	memcpy(v, e.v, e.n * sizeof *v);
	free(e.v);
	return v;
}
