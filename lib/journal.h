/*
 * The journal: the append-only truth about attempts.
 *
 * STATE/journal/000001.tsv, a line a record:
 *
 *   seq time boot id attempt event key=value… crc32
 *
 * boot is the boot id's first 8 hex digits, ':', and milliseconds of
 * CLOCK_BOOTTIME; crc32 is 8 hex digits over the bytes before the last TAB.
 * A record is one write(2) with O_APPEND and an fdatasync(2), under
 * lock/journal; nothing is acted on or said before that returned.  An
 * unterminated or damaged last line is normal (its writer died): readers pass
 * it over, the next writer cuts it off.  A bad line with good ones behind it
 * is corruption: readers warn, writers refuse.
 *
 * Events and what they mean for the task stand in jared-records(5).
 */
#ifndef JARED_JOURNAL_H
#define JARED_JOURNAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "ledger.h"
#include "mem.h"

#define JOURNAL_SEGMENT "journal/000001.tsv"

struct journal {
	int statefd;
	int fd;                     /* the segment, O_APPEND, or -1 */
	int lock;                   /* held, or -1 */
	uint64_t seq;               /* of the last good record */
	size_t size;                /* bytes up to the end of the last good record */
	char end[9];                /* the last of them */
	size_t corrupt_line;        /* 0: none */
	const char *corrupt_why;
	struct ledger *first, **tail;
	struct ledger **slot;
	size_t n_slot, n_task;
	size_t line;
	struct arena arena;
};

/* Open for reading: no lock, nothing written; a missing journal is an empty
 * one.  Corruption is warned about here, once.  0, or -1 with errno. */
int journal_open(struct journal *j, int statefd);

/* Read what was appended since.  Number of new records, or -1.  Pointers to
 * tasks and attempts stay valid; but if the file was cut behind us, because an
 * append failed that we had already seen, or another one stands in its place,
 * all is read anew and they are stale. */
int journal_refresh(struct journal *j);

/* Take lock/journal (waiting at most 30 s), read what is new, cut a torn tail.
 * 0; or the exit status to end with (EXIT_RETRY, EXIT_FAIL), message printed. */
int journal_lock(struct journal *j);
void journal_unlock(struct journal *j);
void journal_close(struct journal *j);

/* Append one record under the lock, durably, and apply it.  An event the
 * attempt's state does not allow is refused (EINVAL).  0; -1 with errno: the
 * journal is as it was (a failed fdatasync is never tried again). */
int journal_append(struct journal *j, const char *id, int64_t n, enum event e,
    const struct journal_kv *kv, size_t n_kv);

/* Apply such a record in memory alone, as if it had been appended: for what
 * would be done.  The journal must not be read or written again after it. */
void journal_pretend(struct journal *j, const char *id, int64_t n, enum event e,
    const struct journal_kv *kv, size_t n_kv);

struct ledger *journal_task(const struct journal *j, const char *id);
struct attempt *journal_attempt(const struct journal *j, const char *id, int64_t n);

#endif
