#!/bin/sh
# The worker of the crash tests.  It swears, by a lock of its own, to be the
# only one of its task, writes down its start and its end beside the
# repository, and works until the file "go" is there.
d=${JARED_ROOT%/*}
exec 9>>"$d/lock.$JARED_TASK"
flock -n 9 || echo "two $JARED_ATTEMPT" >>"$d/agents"
echo "start $JARED_ATTEMPT" >>"$d/agents"
n=0
until [ -e "$d/go" ] || [ $((n += 1)) -gt 600 ]; do sleep 0.05 9>&-; done
echo "done" >"$JARED_STATUS"
echo "end $JARED_ATTEMPT" >>"$d/agents"
