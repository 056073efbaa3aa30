/*
 * Diagnostics and the end of the process.
 *
 * Every message is one line on standard error, written by one write(2):
 * "jared-pick: cannot open 'x': No such file or directory".  Control bytes
 * are shown as '?'.  Nothing here writes to standard output except the flush
 * in finish().  This is the only module that ends the process.
 */
#ifndef JARED_DIE_H
#define JARED_DIE_H

enum {
	EXIT_OK    = 0,   /* done */
	EXIT_NONE  = 1,   /* the answer is no; the reasons are printed */
	EXIT_USAGE = 2,   /* wrong command line */
	EXIT_FAIL  = 3,   /* broken; a person has to change something */
	EXIT_RETRY = 75,  /* temporary; the next beat may succeed */
};

#define PRINTF_LIKE(f, a) __attribute__((format(printf, f, a)))
#define NORETURN          __attribute__((noreturn))

/* Name the program in messages: the last component of argv[0].  Also opens
 * /dev/null on any of the descriptors 0, 1, 2 that is closed, so that no file
 * of ours can become standard output (a write to it then fails in finish). */
void set_progname(const char *argv0);
const char *progname(void);

void warn(const char *fmt, ...) PRINTF_LIKE(1, 2);
/* Appends ": " and strerror(errno). */
void warn_errno(const char *fmt, ...) PRINTF_LIKE(1, 2);
void die(int status, const char *fmt, ...) PRINTF_LIKE(2, 3) NORETURN;
void die_errno(int status, const char *fmt, ...) PRINTF_LIKE(2, 3) NORETURN;

/* The worse of two exit statuses, in the order 0 < 1 < 75 < 2 < 3. */
int worse(int a, int b);

/* Flush standard output and exit, with EXIT_FAIL if anything was lost. */
void finish(int status) NORETURN;

/* Print text, which must end in LF, and exit: to standard output with
 * status 0 for --help, to standard error with EXIT_USAGE for a misuse. */
void usage(int status, const char *text) NORETURN;

/* Options come first: one among the operands, argv from first on, ends the
 * process with EXIT_USAGE, unless "--" stands before them.  `dispatch x -n` must
 * not start x. */
void check_operands(char *const argv[], int first);

/* --version: "jared-pick 0.1". */
void version(void) NORETURN;

#endif
