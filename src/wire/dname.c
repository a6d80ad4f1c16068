/* SPDX-License-Identifier: BSD-3-Clause */
/* dname.c - a domain name as labels, without pointers */
#include "wire/dname.h"

#include <errno.h>

#define WIRE_MAX 255		/* length bytes included: RFC 1035 2.3.4 */

static bool is_name_char(uint8_t c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	       (c >= '0' && c <= '9') || c == '-' || c == '_';
}

static void put_label(struct ul_wr *text, struct ul_rd *label)
{
	while (label->left) {
		uint8_t c = ul_rd_u8(label);

		if (!is_name_char(c))
			text->bad = true;
		ul_wr_u8(text, c);
	}
}

int ul_dname_parse(char out[UL_DNAME_STRLEN], struct ul_rd *r)
{
	char name[UL_DNAME_STRLEN];
	/* The text is as long as the labels less one, and has a NUL. */
	struct ul_wr text = ul_wr_new(name, WIRE_MAX - 1);
	uint8_t len;

	while ((len = ul_rd_u8(r))) {
		struct ul_rd label = ul_rd_sub(r, len);

		if (len > UL_DNAME_LABEL_MAX || label.bad)
			return -EBADMSG;
		if (text.len)
			ul_wr_u8(&text, '.');
		put_label(&text, &label);
	}
	ul_wr_u8(&text, '\0');
	if (r->bad || text.bad || text.len == 1)
		return -EBADMSG;
	memcpy(out, name, text.len);
	return 0;
}

int ul_dname_parse_partial(char out[UL_DNAME_STRLEN], const struct ul_rd *r)
{
	uint8_t whole[WIRE_MAX + 1];
	struct ul_wr w = ul_wr_new(whole, sizeof(whole));
	struct ul_rd all;

	if (!r->left)
		return -EBADMSG;
	ul_wr_bytes(&w, r->p, r->left);
	if (r->p[r->left - 1])
		ul_wr_u8(&w, 0);
	all = ul_rd_new(whole, w.len);
	return w.bad ? -EBADMSG : ul_dname_parse(out, &all);
}

void ul_dname_emit(struct ul_wr *w, const char *text)
{
	size_t before = w->len;

	for (;;) {
		size_t len = strcspn(text, ".");

		if (!len || len > UL_DNAME_LABEL_MAX)
			w->bad = true;
		ul_wr_u8(w, (uint8_t)len);
		ul_wr_bytes(w, text, len);
		if (!text[len])
			break;
		text += len + 1;
	}
	ul_wr_u8(w, 0);
	if (w->len - before > WIRE_MAX)
		w->bad = true;
}
