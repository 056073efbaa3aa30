/*
 * The file format of the index, between index.c, which reads it, and indexer.c.
 *
 * A head; n entries in the order of the walk; a hash table of n_slot entry
 * numbers plus 1, by inode; n_word words; text_len bytes of strings that begin
 * and end with a NUL.  A string is an offset into these, 0 for none.  Numbers
 * are the machine's own.
 */
#ifndef JARED_INDEXFILE_H
#define JARED_INDEXFILE_H

#include "task.h"

/* Raise the version whenever a task file may be read differently. */
enum { INDEX_VERSION = 1, INDEX_ORDER = 0x01020304 };
#define INDEX_MAGIC "JaredIx"

struct index_head {
	char magic[8];
	uint64_t sum;               /* of all that follows */
	uint64_t identity;          /* the layout's */
	uint32_t order, version, entry_size;
	uint32_t whole;             /* these are all tasks, and their edges are there */
	uint32_t n, n_slot, n_word, zero;
	uint64_t text_len;
};

struct index_entry {
	struct task_stat stat;
	uint64_t file_hash, hash;
	int64_t created, hold_until;
	uint32_t id, raw_id, stem, title, status, priority, workstream, milestone,
	    place, owner, parent, error, fault, cycle;
	uint32_t word;              /* the first of n_dep + n_path + n_gate strings and
	                               n_edge tasks, by rank_of_id, 0 for none */
	uint32_t n_dep, n_path, n_gate, n_edge;
	uint32_t unblocks, rank_of_id, name_hash[NAME_N];
	int32_t rank;
	uint16_t status_word, guessed;
};

/* Of an edge: the name has more than one meaning. */
#define INDEX_AMBIGUOUS 0x80000000u

static inline size_t
index_slot(uint64_t ino, uint32_t n_slot)
{
	return (ino * 0x9e3779b97f4a7c15u >> 32) & (n_slot - 1);
}

#endif
