/* SPDX-License-Identifier: BSD-3-Clause */
/* fuzz_tftp.c - TFTP messages are any bytes; what is read can be written */
#include <errno.h>
#include <string.h>

#include "fuzz/fuzz.h"
#include "wire/tftp.h"

static void check_again(const struct ul_tftp_msg *m)
{
	uint8_t buf[70000];
	struct ul_wr w = ul_wr_new(buf, sizeof(buf));
	struct ul_tftp_msg again;

	ul_tftp_emit(&w, m);
	assert(!w.bad);
	assert(ul_tftp_parse(&again, buf, w.len) == 0);
	assert(again.op == m->op && again.number == m->number);
	assert(again.mode == m->mode && !strcmp(again.text, m->text));
	assert(again.options.blksize == m->options.blksize);
	assert(again.options.timeout_s == m->options.timeout_s);
	assert(again.options.windowsize == m->options.windowsize);
	assert(again.options.has_tsize == m->options.has_tsize);
	assert(again.options.tsize == m->options.tsize);
	assert(again.data_len == m->data_len);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct ul_tftp_msg m;
	int rc = len > 65535 ? -EBADMSG : ul_tftp_parse(&m, data, len);

	assert(rc == 0 || rc == -EBADMSG || rc == -EPROTO);
	if (!rc)
		check_again(&m);
	return 0;
}
