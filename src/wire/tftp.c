/* SPDX-License-Identifier: BSD-3-Clause */
/* tftp.c - TFTP messages and their options */
#include "wire/tftp.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#define BLKSIZE_MIN 8		/* RFC 2348 */
#define BLKSIZE_MAX 65464
#define TIMEOUT_MAX 255		/* RFC 2349 */
#define WINDOW_MAX 65535	/* RFC 7440 */
#define NUMBER_LEN 24

static const char *const mode_names[] = {
	[UL_TFTP_OCTET] = "octet",
	[UL_TFTP_NETASCII] = "netascii",
};

/* The text up to its NUL, which is skipped; NULL: it has none, or is long. */
static const char *rd_text(struct ul_rd *r)
{
	const uint8_t *end = r->left ? memchr(r->p, '\0', r->left) : NULL;
	size_t len = end ? (size_t)(end - r->p) : 0;

	if (!end || len > UL_TFTP_TEXT_MAX) {
		r->bad = true;
		return NULL;
	}
	return (const char *)ul_rd_take(r, len + 1);
}

static bool read_number(uint64_t *out, const char *s, uint64_t min,
			uint64_t max)
{
	uint64_t v = 0;

	if (!*s)
		return false;
	for (; *s; s++) {
		if (*s < '0' || *s > '9' ||
		    __builtin_mul_overflow(v, 10, &v) ||
		    __builtin_add_overflow(v, (uint64_t)(*s - '0'), &v))
			return false;
	}
	if (v < min || v > max)
		return false;
	*out = v;
	return true;
}

static void set_option(struct ul_tftp_options *o, const char *name,
		       const char *value)
{
	uint64_t v;

	if (!strcasecmp(name, "blksize") &&
	    read_number(&v, value, BLKSIZE_MIN, BLKSIZE_MAX)) {
		o->blksize = (uint16_t)v;
	} else if (!strcasecmp(name, "timeout") &&
		   read_number(&v, value, 1, TIMEOUT_MAX)) {
		o->timeout_s = (uint8_t)v;
	} else if (!strcasecmp(name, "windowsize") &&
		   read_number(&v, value, 1, WINDOW_MAX)) {
		o->windowsize = (uint16_t)v;
	} else if (!strcasecmp(name, "tsize") &&
		   read_number(&v, value, 0, UINT64_MAX)) {
		o->has_tsize = true;
		o->tsize = v;
	}
}

/* Some clients pad with zeros: an empty name ends the list. */
static void read_options(struct ul_tftp_options *o, struct ul_rd *r)
{
	while (r->left) {
		const char *name = rd_text(r), *value;

		if (!name || !*name)
			return;
		value = rd_text(r);
		if (!value)
			return;
		set_option(o, name, value);
	}
}

static enum ul_tftp_mode mode_of(const char *name)
{
	if (!strcasecmp(name, mode_names[UL_TFTP_OCTET]))
		return UL_TFTP_OCTET;
	if (!strcasecmp(name, mode_names[UL_TFTP_NETASCII]))
		return UL_TFTP_NETASCII;
	return UL_TFTP_MODE_OTHER;
}

static void read_text(struct ul_tftp_msg *m, struct ul_rd *r)
{
	const char *text = rd_text(r);

	if (text)
		memcpy(m->text, text, strlen(text) + 1);
}

static void read_request(struct ul_tftp_msg *m, struct ul_rd *r)
{
	const char *mode;

	read_text(m, r);
	mode = rd_text(r);
	if (r->bad)
		return;
	m->mode = mode_of(mode);
	read_options(&m->options, r);
}

int ul_tftp_parse(struct ul_tftp_msg *out, const uint8_t *data, size_t len)
{
	struct ul_rd r = ul_rd_new(data, len);
	struct ul_tftp_msg m;

	memset(&m, 0, sizeof(m));
	m.op = ul_rd_u16(&r);
	switch (m.op) {
	case UL_TFTP_RRQ:
	case UL_TFTP_WRQ:
		read_request(&m, &r);
		break;
	case UL_TFTP_DATA:
		m.number = ul_rd_u16(&r);
		m.data_len = r.left;
		m.data = ul_rd_take(&r, r.left);
		break;
	case UL_TFTP_ACK:
		m.number = ul_rd_u16(&r);
		break;
	case UL_TFTP_ERROR:
		m.number = ul_rd_u16(&r);
		read_text(&m, &r);
		break;
	case UL_TFTP_OACK:
		read_options(&m.options, &r);
		break;
	default:
		return r.bad ? -EBADMSG : -EPROTO;
	}
	/* An option that is cut off is as one that is not known. */
	if (r.bad && m.op != UL_TFTP_OACK &&
	    !((m.op == UL_TFTP_RRQ || m.op == UL_TFTP_WRQ) && m.text[0]))
		return -EBADMSG;
	*out = m;
	return 0;
}

static void wr_text(struct ul_wr *w, const char *text)
{
	size_t len = strlen(text);

	if (len > UL_TFTP_TEXT_MAX)
		w->bad = true;
	ul_wr_bytes(w, text, len + 1);
}

static void put_number(struct ul_wr *w, const char *name, uint64_t v)
{
	char text[NUMBER_LEN];

	snprintf(text, sizeof(text), "%" PRIu64, v);
	wr_text(w, name);
	wr_text(w, text);
}

static void put_options(struct ul_wr *w, const struct ul_tftp_options *o)
{
	if (o->blksize)
		put_number(w, "blksize", o->blksize);
	if (o->timeout_s)
		put_number(w, "timeout", o->timeout_s);
	if (o->windowsize)
		put_number(w, "windowsize", o->windowsize);
	if (o->has_tsize)
		put_number(w, "tsize", o->tsize);
}

void ul_tftp_emit(struct ul_wr *w, const struct ul_tftp_msg *m)
{
	ul_wr_u16(w, m->op);
	if (m->op == UL_TFTP_DATA || m->op == UL_TFTP_ACK ||
	    m->op == UL_TFTP_ERROR)
		ul_wr_u16(w, m->number);
	if (m->op == UL_TFTP_RRQ || m->op == UL_TFTP_WRQ ||
	    m->op == UL_TFTP_ERROR)
		wr_text(w, m->text);
	if (m->op == UL_TFTP_RRQ || m->op == UL_TFTP_WRQ)
		wr_text(w, m->mode == UL_TFTP_MODE_OTHER ? "mail" :
			   mode_names[m->mode]);
	if (m->op == UL_TFTP_RRQ || m->op == UL_TFTP_WRQ ||
	    m->op == UL_TFTP_OACK)
		put_options(w, &m->options);
	if (m->op == UL_TFTP_DATA && m->data_len)
		ul_wr_bytes(w, m->data, m->data_len);
}
