/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * cmd.h - the commands of the control socket, as tables
 *
 * A command states its arguments; what does not fit them is refused before
 * its function runs, so that the function may take what it finds.
 */
#ifndef UL_CTL_CMD_H
#define UL_CTL_CMD_H

#include <glib.h>
#include <jansson.h>

#include "ctl/client.h"
#include "net/net_info.h"

enum ul_arg_type {
	UL_ARG_TEXT,		/* not empty, at most UL_ARG_TEXT_MAX bytes */
	UL_ARG_CHOICE,		/* one of the choices */
	UL_ARG_BOOL,
	UL_ARG_INT,		/* 0 to max */
	UL_ARG_LIST,
};
#define UL_ARG_TYPE_COUNT (UL_ARG_LIST + 1)
#define UL_ARG_TEXT_MAX 255

struct ul_arg {
	const char *name;
	enum ul_arg_type type;
	bool is_needed;
	const char *const *choices;	/* up to NULL */
	json_int_t max;
};

/* A row of a table: name, type, and by name what else is to be said. */
#define UL_ARG(n, t, ...) { .name = (n), .type = (t), __VA_ARGS__ }
#define UL_ARG_END { .name = NULL }

struct ul_later;

/* One call of a command; what it needs and, when it fails, why. */
struct ul_call {
	struct ul_client *client;
	struct ul_network *network;
	const char *log_path;		/* NULL: none */
	const json_t *args;		/* an object */
	json_t *id;			/* NULL: it has none */
	int fd;				/* that came for it; -1; taken: -1 */
	void (*quit)(void *arg);
	int (*reload)(GPtrArray **changes, char **error, void *arg);
	void *quit_arg;			/* of both */
	json_t *error;
};

struct ul_cmd {
	const char *name;
	const struct ul_arg *args;	/* up to one without a name; NULL */
	/*
	 * What it returns is the caller's; NULL after ul_call_fail(), or when
	 * it answers later.
	 */
	json_t *(*run)(struct ul_call *call);
	bool takes_fd;			/* one that came with it, call->fd */
};

#define UL_CMD(n, a, fn, ...) \
	{ .name = (n), .args = (a), .run = (fn), __VA_ARGS__ }
#define UL_CMD_END { .name = NULL }

/* Each up to one without a name. */
extern const struct ul_cmd ul_cmds_base[];
extern const struct ul_cmd ul_cmds_dial[];
extern const struct ul_cmd ul_cmds_dns[];
extern const struct ul_cmd ul_cmds_host[];
extern const struct ul_cmd ul_cmds_forward[];
extern const struct ul_cmd ul_cmds_net[];
extern const struct ul_cmd ul_cmds_policy[];
extern const struct ul_cmd ul_cmds_port[];
extern const struct ul_cmd ul_cmds_reload[];
extern const struct ul_cmd ul_cmds_flow[];
extern const struct ul_cmd ul_cmds_capture[];
extern const struct ul_cmd ul_cmds_stats[];

/* NULL when there is none. */
const struct ul_cmd *ul_cmd_find(const char *name);
void ul_cmd_each(void (*fn)(const struct ul_cmd *cmd, void *arg), void *arg);
/* "string", "boolean", "integer", "list". */
const char *ul_arg_type_name(enum ul_arg_type type);

/* NULL, and why in call->error. */
json_t *ul_call_fail(struct ul_call *call, const char *class_name,
		     const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/*
 * The answer comes later: as ul_later_new(), NULL after ul_call_fail(). What
 * goes wrong before the command returns drops it and fails the call.
 */
struct ul_later *ul_call_later(struct ul_call *call,
			       void (*cancel)(void *arg), void *arg);

/* Arguments, which are checked: the default when there is none. */
const char *ul_call_text(const struct ul_call *call, const char *name);
bool ul_call_bool(const struct ul_call *call, const char *name, bool other);
bool ul_call_has(const struct ul_call *call, const char *name);
uint64_t ul_call_int(const struct ul_call *call, const char *name,
		     uint64_t other);

/* A MAC of one card by the name @name. 0, or -EINVAL after ul_call_fail(). */
int ul_call_mac(struct ul_call *call, const char *name, uint8_t mac[6]);

/*
 * The whole answer to @request, in which call->args is filled in. NULL: it
 * comes later.
 */
json_t *ul_cmd_answer(struct ul_call *call, const json_t *request);

/* {"qemu": {"major": ...}, "package": ...} */
json_t *ul_cmd_version(void);

#endif
