#include "osc.h"

#include <string.h>

#include "base64.h"
#include "utf8.h"

enum { BEL = 0x07, CAN = 0x18, SUB = 0x1a, ESC = 0x1b };

/* Names of states as in the parsers of terminals. */
enum mode { GROUND, ESCAPE, INTERMEDIATE, CSI, STRING, STRING_ESC, OSC, OSC_ESC };

/* Is this OSC one for us? */
enum ours { MAYBE, OURS, NOT_OURS };

static const char prefix[] = "7501;";

static const char *const state_names[OSC_STATES] = {
	[OSC_IDLE] = "idle", [OSC_WORKING] = "working", [OSC_DONE] = "done",
	[OSC_BLOCKED] = "blocked", [OSC_ERROR] = "error", [OSC_CLEAR] = "clear",
};

const char *
osc_state_name(enum osc_state s)
{
	return state_names[s];
}

/* --- what a whole sequence tells --- */

/* The n bytes at s without what a terminal obeys; white space becomes a
 * blank.  Into o->text from its byte at on. */
static void
set_text(struct osc *o, size_t at, const char *s, size_t n)
{
	const char *end = s + n;
	size_t len;

	for (; s < end; s += len) {
		int32_t c = utf8_next(s, &len);

		if (*s && strchr("\t\n\r", *s))
			o->text[at++] = ' ';
		else if (c != UTF8_BAD && !utf8_hidden(c)) {
			memcpy(o->text + at, s, len);
			at += len;
		}
	}
	o->text[at] = '\0';
}

static bool
is_word(const char *s)
{
	size_t n = strspn(s, "abcdefghijklmnopqrstuvwxyz0123456789-_");

	return n > 0 && !s[n];
}

/* KEY=VALUE pairs with ':' between.  False if the state is not one we know. */
static bool
read_report(struct osc *o, char *fields)
{
	bool known = false;
	char *field;

	*o->kind = *o->text = '\0';
	while ((field = strsep(&fields, ":"))) {
		char *value = strchr(field, '=');

		if (!value)
			continue;
		*value++ = '\0';
		if (strcmp(field, "state") == 0) {
			int s = 0;

			while (s < OSC_STATES && strcmp(state_names[s], value) != 0)
				s++;
			if (s == OSC_STATES)
				return false;
			o->state = (enum osc_state)s;
			known = true;
		} else if (strcmp(field, "kind") == 0) {
			size_t n = strlen(value);

			if (n < sizeof o->kind && is_word(value))
				memcpy(o->kind, value, n + 1);
		} else if (strcmp(field, "msg") == 0) {
			ssize_t n = base64_decode(value);

			if (n > 0)
				set_text(o, 0, value, (size_t)n);
		}
	}
	return known;
}

static bool
starts(const char *s, const char *with)
{
	return strncmp(s, with, strlen(with)) == 0;
}

/* "TITLE;BODY", either of which may be missing */
static void
read_notice(struct osc *o, char *s)
{
	char *text = strchr(s, ';');

	if (text)
		*text++ = '\0';
	set_text(o, 0, s, strlen(s));
	if (text && *text) {
		size_t at = strlen(o->text);

		if (at) {
			memcpy(o->text + at, ": ", 2);
			at += 2;
		}
		set_text(o, at, text, strlen(text));
	}
}

/* An OSC has ended, by BEL or by ESC \. */
static enum osc_what
read_osc(struct osc *o, bool bel)
{
	char *s = o->body;

	s[o->n] = '\0';
	if (o->over)
		return OSC_NOTHING;
	if (o->ours == OURS && strcmp(s, "7501;?") == 0) {
		memcpy(o->text, "\033]7501;?", 8);
		strcpy(o->text + 8, bel ? "\a" : "\033\\");
		return OSC_ASKS;
	}
	if (o->ours == OURS)
		return read_report(o, s + strlen(prefix)) ? OSC_REPORT : OSC_NOTHING;
	if (starts(s, "0;") || starts(s, "2;")) {
		set_text(o, 0, s + 2, o->n - 2);
		return OSC_TITLE;
	}
	/* 9;4 is a progress bar elsewhere. */
	if (starts(s, "9;") && !starts(s, "9;4;")) {
		set_text(o, 0, s + 2, o->n - 2);
		return OSC_NOTIFY;
	}
	if (starts(s, "777;notify;")) {
		read_notice(o, s + 11);
		return OSC_NOTIFY;
	}
	return OSC_NOTHING;
}

static enum osc_what
set_paste(struct osc *o, bool on)
{
	bool changed = o->paste != on;

	o->paste = on;
	return changed ? OSC_PASTE : OSC_NOTHING;
}

/* CSI ? 1004 ; 2004 h */
static enum osc_what
read_csi(struct osc *o, char final)
{
	char *list = o->body, *mode;

	o->body[o->n] = '\0';
	if (*list++ != '?' || (final != 'h' && final != 'l'))
		return OSC_NOTHING;
	while ((mode = strsep(&list, ";")))
		if (strcmp(mode, "2004") == 0)
			return set_paste(o, final == 'h');
	return OSC_NOTHING;
}

/* --- the parser --- */

static void
release(struct osc *o, struct buf *out)
{
	buf_add(out, o->held, o->n_held);
	o->n_held = 0;
}

static void
pass(struct osc *o, char c, struct buf *out)
{
	if (o->n_held)
		release(o, out);
	buf_addch(out, c);
}

static void
hold(struct osc *o, char c)
{
	o->held[o->n_held++] = c;
}

static void
collect(struct osc *o, char c)
{
	if (o->n < OSC_MAX + strlen(prefix))
		o->body[o->n++] = c;
	else
		o->over = true;
}

static void
begin(struct osc *o, enum mode mode)
{
	o->mode = mode;
	o->n = 0;
	o->over = false;
	o->ours = MAYBE;
}

/* After ESC, which is held. */
static enum osc_what
on_escape(struct osc *o, char c, struct buf *out)
{
	if (c == ']') {
		hold(o, c);
		begin(o, OSC);
		return OSC_NOTHING;
	}
	if (c == ESC) {
		release(o, out);
		hold(o, c);
		o->broke = true;
		return OSC_NOTHING;
	}
	pass(o, c, out);
	o->mode = GROUND;
	if (c == '[')
		begin(o, CSI);
	else if (c && strchr("PX^_k", c)) {
		begin(o, STRING);
		o->dcs = c == 'P';
	} else if (c >= ' ' && c <= '/')
		o->mode = INTERMEDIATE;
	else if (c == 'c')
		return set_paste(o, false);
	return c == BEL ? OSC_BELL : OSC_NOTHING;
}

static enum osc_what
on_csi(struct osc *o, char c, struct buf *out)
{
	pass(o, c, out);
	if (c == CAN || c == SUB)
		o->mode = GROUND;
	else if (c >= '@' && c <= '~') {
		o->mode = GROUND;
		return read_csi(o, c);
	} else if (c >= ' ')
		collect(o, c);
	return c == BEL ? OSC_BELL : OSC_NOTHING;
}

static enum osc_what
on_osc(struct osc *o, char c, struct buf *out)
{
	bool control = (unsigned char)c < ' ';

	/* Of a prefix that goes on as ours does, nothing is passed on yet. */
	if (o->ours == MAYBE && c != prefix[o->n])
		o->ours = NOT_OURS;
	if (o->ours == MAYBE)
		hold(o, c);
	else if (o->ours == NOT_OURS)
		pass(o, c, out);
	if (!control)
		collect(o, c);
	if (o->ours == MAYBE && o->n == strlen(prefix)) {
		o->ours = OURS;
		o->n_held = 0;
		/* The screen must not go on with what the missing ESC ended. */
		if (o->broke)
			buf_addstr(out, "\033\\");
	}
	if (c == BEL || c == CAN || c == SUB)
		o->mode = GROUND;
	return c == BEL ? read_osc(o, true) : OSC_NOTHING;
}

/* ESC in an OSC or another string: held, for it may begin what is ours. */
static void
on_string_esc(struct osc *o, struct buf *out)
{
	if (o->mode == OSC && o->ours == MAYBE)
		o->ours = NOT_OURS;
	if (o->n_held)
		release(o, out);
	hold(o, ESC);
	o->mode = o->mode == OSC ? OSC_ESC : STRING_ESC;
}

static enum osc_what
on_string_end(struct osc *o, char c, struct buf *out)
{
	bool osc = o->mode == OSC_ESC;

	/* Within a DCS, tmux takes two ESC for one of what is passed through. */
	if (c == ESC && !osc && o->dcs) {
		pass(o, c, out);
		o->mode = STRING;
		return OSC_NOTHING;
	}
	if (c != '\\') {
		o->mode = ESCAPE;
		o->broke = true;
		return on_escape(o, c, out);
	}
	o->mode = GROUND;
	if (osc && o->ours == OURS)
		o->n_held = 0;
	else
		pass(o, c, out);
	return osc ? read_osc(o, false) : OSC_NOTHING;
}

static enum osc_what
step(struct osc *o, char c, struct buf *out)
{
	switch ((enum mode)o->mode) {
	case ESCAPE:
		return on_escape(o, c, out);
	case OSC_ESC:
	case STRING_ESC:
		return on_string_end(o, c, out);
	case OSC:
	case STRING:
		if (c == ESC) {
			on_string_esc(o, out);
			return OSC_NOTHING;
		}
		if (o->mode == OSC)
			return on_osc(o, c, out);
		pass(o, c, out);
		if (c == CAN || c == SUB)
			o->mode = GROUND;
		return OSC_NOTHING;
	case GROUND:
	case INTERMEDIATE:
	case CSI:
		break;
	}
	if (c == ESC) {
		hold(o, c);
		o->broke = o->mode != GROUND;
		o->mode = ESCAPE;
		return OSC_NOTHING;
	}
	if (o->mode == CSI)
		return on_csi(o, c, out);
	pass(o, c, out);
	if (o->mode == INTERMEDIATE && (c < ' ' || c > '/'))
		o->mode = GROUND;
	return c == BEL ? OSC_BELL : OSC_NOTHING;
}

size_t
osc_take(struct osc *o, const char *data, size_t n, struct buf *out,
    enum osc_what *what)
{
	size_t i = 0;

	*what = OSC_NOTHING;
	while (i < n && *what == OSC_NOTHING) {
		size_t plain = i;

		while (o->mode == GROUND && plain < n && data[plain] != ESC &&
		    data[plain] != BEL)
			plain++;
		if (plain > i) {
			buf_add(out, data + i, plain - i);
			i = plain;
		} else {
			*what = step(o, data[i++], out);
		}
	}
	return i;
}

void
osc_rest(struct osc *o, struct buf *out)
{
	release(o, out);
}
