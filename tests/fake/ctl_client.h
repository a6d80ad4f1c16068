/* SPDX-License-Identifier: BSD-3-Clause */
/* ctl_client.h - the other end of a control connection, and its network */
#ifndef UL_CTL_CLIENT_LAB_H
#define UL_CTL_CLIENT_LAB_H

#include <jansson.h>

#include "ctl/ctl.h"
#include "fake/fake_network.h"
#include "loop/loop.h"

struct ctl_lab {
	struct ul_loop *loop;
	int64_t now_us;
	struct ul_network network;
	struct ul_ctl *ctl;
	unsigned int quits, reloads;
	const char *reload_error;	/* NULL: it works */
};

void ctl_lab_init(struct ctl_lab *lab);
void ctl_lab_fini(struct ctl_lab *lab);
void ctl_lab_turns(struct ctl_lab *lab, int count);

/* A new connection: the client's end, non-blocking. */
int ctl_lab_connect(struct ctl_lab *lab);
/* The same past greeting and qmp_capabilities. */
int ctl_lab_join(struct ctl_lab *lab);

void ctl_lab_send(int fd, const char *text);
void ctl_lab_send_fds(int fd, const char *text, const int *fds, size_t count);
/*
 * The next line that comes within some turns, as JSON; NULL when none does,
 * or at the end (then *@is_over, when it is not NULL).
 */
json_t *ctl_lab_read(struct ctl_lab *lab, int fd, bool *is_over);
/* Send @text, read one answer. */
json_t *ctl_lab_ask(struct ctl_lab *lab, int fd, const char *text);

/* Take one answer and check it: its error's class, "" for "return". */
void ctl_lab_expect(json_t *take_answer, const char *class_name);

#endif
