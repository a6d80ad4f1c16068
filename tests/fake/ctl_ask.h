/* SPDX-License-Identifier: BSD-3-Clause */
/* ctl_ask.h - a client that gives commands and reads what they return */
#ifndef UL_FAKE_CTL_ASK_H
#define UL_FAKE_CTL_ASK_H

#include <glib.h>
#include <string.h>
#include <unistd.h>

#include "fake/ctl_client.h"

static struct ctl_lab lab;
static int fd;

static inline void setup(void)
{
	ctl_lab_init(&lab);
	fd = ctl_lab_join(&lab);
}

static inline void teardown(void)
{
	close(fd);
	ctl_lab_fini(&lab);
}

/* @command is a name, or a name and its arguments: "closefd 'fdname':'a'". */
static inline char *request_of(const char *command)
{
	g_autofree char *quoted = g_strdelimit(g_strdup(command), "'", '"');
	char *args = strchr(quoted, ' ');

	if (!args)
		return g_strdup_printf("{\"execute\":\"%s\"}", quoted);
	*args++ = '\0';
	return g_strdup_printf("{\"execute\":\"%s\",\"arguments\":{%s}}",
			       quoted, args);
}

static inline json_t *ask(const char *command)
{
	g_autofree char *request = request_of(command);

	return ctl_lab_ask(&lab, fd, request);
}

/* The value of "return": the caller's. */
static inline json_t *query(const char *command)
{
	json_t *answer = ask(command);
	json_t *result = json_incref(json_object_get(answer, "return"));

	ctl_lab_expect(answer, "");
	return result;
}

static inline const char *text_of(const json_t *o, const char *name)
{
	return json_string_value(json_object_get(o, name));
}

static inline void give_fd(const char *name, int pass, const char *class_name)
{
	g_autofree char *command =
		g_strdup_printf("getfd 'fdname':'%s'", name);
	g_autofree char *request = request_of(command);

	ctl_lab_send_fds(fd, request, &pass, 1);
	ctl_lab_expect(ctl_lab_read(&lab, fd, NULL), class_name);
}

static inline json_int_t int_of(const json_t *o, const char *name)
{
	return json_integer_value(json_object_get(o, name));
}

#endif
