#!/bin/sh
# The agent of the demo: reads its prompt, takes its time, commits what it made.

set -eu

# The first ones are held back until they have been shown.
while [ -e "$JARED_ROOT/.git/hold" ]; do sleep 0.1; done

words=$(wc -w)
echo "$JARED_TASK: a prompt of $words words; working in $(pwd)"
for step in 1 2 3; do
	sleep 0.3
	printf '\r%s: step %s of 3' "$JARED_TASK" "$step"
done
echo

if [ "$JARED_ATTEMPT" = wiring.1 ]; then
	echo 'wiring: out of copper'
	exit 7
fi
mkdir -p built
echo "made by $JARED_ATTEMPT" >"built/$JARED_TASK"
git add built
git commit -qm "Make the $JARED_TASK"
echo "done" >"$JARED_STATUS"
