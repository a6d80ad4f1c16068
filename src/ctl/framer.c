/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * framer.c - where one JSON object of a stream ends and the next begins
 *
 * Brackets are counted, of whichever kind, outside of strings. A line break
 * within a string is no JSON (RFC 8259 section 7), so it ends the message as
 * it stands: a quotation mark that was left out spoils one line and no more.
 */
#include "ctl/framer.h"

static void start_anew(struct ul_framer *f)
{
	f->len = 0;
	f->depth = f->deepest = 0;
	f->in_string = f->is_escaped = f->is_whole = false;
}

void ul_framer_init(struct ul_framer *f)
{
	start_anew(f);
	f->is_skipping = false;
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

/* The end of a message; it stays in place until the next byte comes. */
static enum ul_framed finish(struct ul_framer *f)
{
	f->is_whole = true;
	return f->deepest > UL_FRAMER_DEPTH_MAX ? UL_FRAMED_TOO_DEEP :
						  UL_FRAMED_MESSAGE;
}

static enum ul_framed in_string(struct ul_framer *f, char c)
{
	if (c == '\n')
		return finish(f);
	if (f->is_escaped)
		f->is_escaped = false;
	else if (c == '\\')
		f->is_escaped = true;
	else if (c == '"')
		f->in_string = false;
	return UL_FRAMED_MORE;
}

static enum ul_framed in_message(struct ul_framer *f, char c)
{
	if (f->len == UL_FRAMER_MAX)
		return UL_FRAMED_TOO_LONG;
	f->text[f->len++] = c;
	if (f->in_string)
		return in_string(f, c);
	switch (c) {
	case '"':
		f->in_string = true;
		break;
	case '{':
	case '[':
		if (++f->depth > f->deepest)
			f->deepest = f->depth;
		break;
	case '}':
	case ']':
		if (!--f->depth)
			return finish(f);
		break;
	}
	return UL_FRAMED_MORE;
}

static enum ul_framed between(struct ul_framer *f, char c)
{
	if (f->is_skipping) {
		f->is_skipping = c != '\n';
		return UL_FRAMED_MORE;
	}
	if (is_blank(c))
		return UL_FRAMED_MORE;
	if (c == '{')
		return in_message(f, c);
	f->is_skipping = true;
	return UL_FRAMED_STRAY;
}

size_t ul_framer_feed(struct ul_framer *f, const char *data, size_t len,
		      enum ul_framed *what)
{
	if (f->is_whole)
		start_anew(f);
	*what = UL_FRAMED_MORE;
	for (size_t i = 0; i < len; i++) {
		*what = f->depth ? in_message(f, data[i]) :
				   between(f, data[i]);
		if (*what != UL_FRAMED_MORE)
			return i + 1;
	}
	return len;
}
