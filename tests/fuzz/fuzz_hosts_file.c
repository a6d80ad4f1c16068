/* SPDX-License-Identifier: BSD-3-Clause */
/* fuzz_hosts_file.c - the parser of hosts(5) takes any bytes */
#include <string.h>

#include "fuzz/fuzz.h"
#include "sys/hosts_file.h"

/* What is told can be asked for, and means the same to a guest. */
static void check(const char *name, const struct ul_addr *addr, void *arg)
{
	size_t len = strlen(name);

	assert(len && len < UL_HOSTS_NAME_LEN);
	assert(name[0] != '.' && name[len - 1] != '.');
	assert(!strpbrk(name, " \t\r\n#ABCDEFGHIJKLMNOPQRSTUVWXYZ"));
	assert(!ul_addr_is_loopback(addr) && !ul_addr_is_multicast(addr) &&
	       !ul_addr_is_linklocal(addr));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	ul_hosts_parse((const char *)data, size, check, NULL);
	return 0;
}
