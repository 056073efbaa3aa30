/*
 * Terminals: the pseudo-terminal that an agent is given, and our own.
 *
 * The only module that forks.  A child gets a session of its own with the pty
 * as its controlling terminal, default signal handling, the environment and
 * directory it is told, and no descriptor but 0, 1, 2 and the one to keep.
 */
#ifndef JARED_PTY_H
#define JARED_PTY_H

#include <stdbool.h>
#include <sys/ioctl.h>
#include <sys/types.h>
#include <termios.h>

/* Our own terminal, if standard input and output are one. */
struct screen {
	int fd;                     /* does not block; -1: none */
	struct termios saved;
};

struct pty {
	int master;             /* does not block */
	int slave;              /* kept open, else the master hangs up whenever
	                         * nobody else has the terminal open */
};

/* A new pair with the modes and size of the screen, or without one the
 * kernel's modes and 80x24.  0, or -1 with errno. */
int pty_open(struct pty *p, const struct screen *s);
void pty_close(struct pty *p);

struct pty_child {
	const char *const *argv;    /* looked up in env's PATH */
	const char *const *env;     /* the whole environment */
	const char *dir;
	int in;                     /* standard input; -1: the pty */
	int keep, keep_as;          /* a descriptor handed on under this number; -1: none */
};

/* Start it.  Its pid once it runs the program; or -1 with errno, and *what
 * says what could not be done: "enter", "execute", "fork for" and the like. */
pid_t pty_start(const struct pty *p, const struct pty_child *c, const char **what);

/* Open it and pass every byte on as it is (raw mode) until screen_close.
 * Without a terminal fd is -1. */
void screen_open(struct screen *s);
void screen_close(struct screen *s);

/* False once it has hung up. */
bool screen_is_there(const struct screen *s);

/* Give the pty the screen's size, which signals the foreground job there. */
void screen_pass_size(const struct screen *s, const struct pty *p);

#endif
