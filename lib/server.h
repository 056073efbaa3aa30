/*
 * Which tmux server: its socket, who it is, and that there is one at most.
 *
 * STATE/server holds "pid start", the identity of the server that was last
 * seen there.  As long as that process lives no other is started: a socket that
 * is gone is asked for anew (tmux(1), SIGUSR1).
 */
#ifndef JARED_SERVER_H
#define JARED_SERVER_H

#include <stdbool.h>

#include "mem.h"
#include "proc.h"

/* The socket's path for a state directory (see tmux.h), malloc'ed, its
 * directory checked to be ours alone, and made if create is set; NULL with *why
 * (in the arena). */
char *server_socket(const char *state, bool create, struct arena *a,
    const char **why);

/* The recorded server; 0 or -1. */
int server_read(int statefd, struct proc_id *id);

/* Record that the server is this process, durably; a failure is warned about. */
void server_record(int statefd, pid_t pid);

/* True if somebody listens at the socket. */
bool server_listens(const char *socket);

/* Make a living server listen at its socket again: 0 when it does, or when it
 * has ended meanwhile; -1 if it will not within two seconds. */
int server_revive(const char *socket, const struct proc_id *id);

/* End a server that takes connections only to drop them.  tmux 3.3a gets there
 * when a session is made in it just after it was told to end: it then waits for
 * ever for the end of that session, which nobody can reach. */
void server_bury(const char *socket);

#endif
