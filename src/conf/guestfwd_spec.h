/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * guestfwd_spec.h - the rule of --guestfwd, from text
 *
 *	[tcp:]ADDR:PORT=unix:PATH		PATH may be @ABSTRACT
 *	[tcp:]ADDR:PORT=tcp:ADDR:PORT
 *	[tcp:]ADDR:PORT=exec:PROGRAM [ARG]...
 *
 * Addresses of IPv6 are written in brackets. The words of exec: are separated
 * by blanks. A backslash takes the next character as it is; between double
 * quotes blanks belong to the word, between single quotes backslashes and
 * double quotes do, too. Nothing else means anything: there is no shell.
 */
#ifndef UL_CONF_GUESTFWD_SPEC_H
#define UL_CONF_GUESTFWD_SPEC_H

#include "conf/conf.h"

#define UL_GUESTFWDS_MAX 64		/* of one network */
#define UL_GUESTFWD_WORDS_MAX 64	/* of exec: */
#define UL_GUESTFWD_PATH_MAX 107	/* of unix:, as the kernel has it */

enum ul_guestfwd_kind {
	UL_GUESTFWD_UNIX,
	UL_GUESTFWD_TCP,
	UL_GUESTFWD_EXEC,
};

struct ul_guestfwd_conf {
	struct ul_ep at;		/* as guests see it */
	enum ul_guestfwd_kind kind;
	char *path;			/* of unix: */
	struct ul_ep host;		/* of tcp: */
	char **argv;			/* of exec:, up to NULL */
	char *text;			/* as the user wrote it, for errors */
};

/*
 * 0 and in *@out the caller's, or -EINVAL and in *@why half a sentence (the
 * caller's) that says what would be right.
 */
int ul_guestfwd_spec_parse(struct ul_guestfwd_conf **out, const char *text,
			   char **why);
/* The same again, in one form; the caller's. */
char *ul_guestfwd_spec_text(const struct ul_guestfwd_conf *guestfwd);
/* NULL is fine. */
void ul_guestfwd_conf_free(struct ul_guestfwd_conf *guestfwd);

/* May @conf have those that it has? 0, or -EINVAL and in *@error a sentence. */
int ul_guestfwds_check(const struct ul_conf *conf, char **error);

#endif
