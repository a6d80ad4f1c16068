/* SPDX-License-Identifier: BSD-3-Clause */
/* boot_spec.c - what guests boot from the network, from text */
#include "conf/boot_spec.h"

#include <assert.h>
#include <string.h>

#include "base/error.h"

#define HOST_TFTP 4		/* as QEMU's own */
#define TFTP_LEN_MAX 28		/* smaller subnets have no address for it */

static const char *const names[] = {
	[UL_BOOT_ANY] = "any",
	[UL_BOOT_BIOS] = "bios",
	[UL_BOOT_EFI32] = "efi32",
	[UL_BOOT_EFI64] = "efi64",
	[UL_BOOT_ARM64] = "arm64",
	[UL_BOOT_IPXE] = "ipxe",
};
static_assert(G_N_ELEMENTS(names) == UL_BOOT_CLASS_COUNT, "each class");

const char *ul_boot_class_name(enum ul_boot_class class)
{
	return names[class];
}

/* What follows the class; it stays ANY where none is written. */
static const char *take_class(enum ul_boot_class *class, const char *text)
{
	*class = UL_BOOT_ANY;
	for (int i = 0; i < UL_BOOT_CLASS_COUNT; i++) {
		size_t len = strlen(names[i]);

		if (strncmp(text, names[i], len) || text[len] != ':')
			continue;
		*class = (enum ul_boot_class)i;
		return text + len + 1;
	}
	return text;
}

int ul_boot_spec_parse(struct ul_boot_conf **out, const char *text,
		       char **why)
{
	enum ul_boot_class class;
	const char *file = take_class(&class, text);
	struct ul_boot_conf *boot;

	if (!*file)
		return ul_refuse(why, "names no file; write FILE, or "
				 "CLASS:FILE with bios, efi32, efi64, arm64 "
				 "or ipxe");
	if (strlen(file) > UL_BOOT_FILE_MAX)
		return ul_refuse(why, "is longer than the %d bytes that DHCP "
				 "has for it", UL_BOOT_FILE_MAX);
	for (const char *s = file; *s; s++)
		if (!g_ascii_isgraph(*s))
			return ul_refuse(why, "has a space or a byte that is "
					 "no ASCII, which boot loaders do not "
					 "take");
	boot = g_new(struct ul_boot_conf, 1);
	boot->class = class;
	boot->file = g_strdup(file);
	*out = boot;
	return 0;
}

void ul_boot_conf_free(struct ul_boot_conf *boot)
{
	if (!boot)
		return;
	g_free(boot->file);
	g_free(boot);
}

static void settle_address(struct ul_conf *conf)
{
	struct ul_addr own = ul_prefix_nth(&conf->subnet, HOST_TFTP);

	conf->tftp4 = own;
	conf->tftp6 = ul_prefix_nth(&conf->prefix6, HOST_TFTP);
	if (conf->subnet.len > TFTP_LEN_MAX ||
	    ul_addr_eq(&own, &conf->dns4) || ul_addr_eq(&own, &conf->guest4))
		conf->tftp4 = conf->gateway4;
}

static int check_pair(const struct ul_boot_conf *a,
		      const struct ul_boot_conf *b, char **error)
{
	if (a->class != b->class)
		return 0;
	return ul_refuse(error, "--bootfile %s and --bootfile %s are for the "
			 "same machines; write CLASS:FILE for bios, efi32, "
			 "efi64, arm64 or ipxe", a->file, b->file);
}

static int check_boots(const struct ul_conf *conf, char **error)
{
	bool has_server = conf->tftp_dir ||
			  !ul_addr_is_any(&conf->next_server);
	int rc = 0;

	for (guint i = 0; i < conf->boots->len && !rc; i++) {
		const struct ul_boot_conf *b = conf->boots->pdata[i];

		if (!conf->has_dhcp)
			rc = ul_refuse(error, "--bootfile %s is told by DHCP, "
				       "which this network does not have",
				       b->file);
		else if (!has_server && !strstr(b->file, "://"))
			rc = ul_refuse(error, "--bootfile %s comes from "
				       "nowhere: say --tftp DIR, or "
				       "--next-server ADDR", b->file);
		for (guint j = 0; j < i && !rc; j++)
			rc = check_pair(conf->boots->pdata[j], b, error);
	}
	return rc;
}

int ul_boot_settle(struct ul_conf *conf, char **error)
{
	settle_address(conf);
	if (conf->tftp_dir && !conf->has_router)
		return ul_refuse(error, "--tftp and a network without a "
				 "router contradict each other: nobody would "
				 "serve the files");
	return check_boots(conf, error);
}
