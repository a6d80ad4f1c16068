/* SPDX-License-Identifier: BSD-3-Clause */
/* vm_memory.c - memory of a VM that QEMU shares with others */
#include "cli/vm_memory.h"

#include <string.h>

#define DEFAULT_SIZE "128M"	/* QEMU's own */

static bool is_option(const char *word, const char *name)
{
	if (word[0] == '-' && word[1] == '-')
		word++;
	return word[0] == '-' && !strcmp(word + 1, name);
}

/* "2G,slots=4", "size=512": a bare number is of MiB here, of bytes there. */
static char *size_in(const char *value)
{
	g_auto(GStrv) part = g_strsplit(value, ",", -1);
	const char *size = NULL;

	for (char **p = part; *p; p++) {
		if (g_str_has_prefix(*p, "size="))
			size = *p + strlen("size=");
		else if (p == part && !strchr(*p, '='))
			size = *p;
	}
	if (!size || !*size)
		return g_strdup(DEFAULT_SIZE);
	return g_ascii_isdigit(size[strlen(size) - 1]) ?
	       g_strconcat(size, "M", NULL) : g_strdup(size);
}

static char *size_of(char *const *qemu)
{
	char *size = g_strdup(DEFAULT_SIZE);

	for (char *const *a = qemu; *a; a++) {
		if (!is_option(*a, "m") || !a[1])
			continue;
		g_free(size);
		size = size_in(a[1]);
	}
	return size;
}

static bool mentions(char *const *qemu, const char *word)
{
	for (char *const *a = qemu + 1; qemu[0] && *a; a++)
		if (strstr(*a, word))
			return true;
	return false;
}

void ul_vm_memory_append(GPtrArray *argv, char *const *qemu)
{
	g_autofree char *size = size_of(qemu);

	if (mentions(qemu, "memory-backend"))
		return;
	g_ptr_array_add(argv, g_strdup("-object"));
	g_ptr_array_add(argv, g_strdup_printf(
		"memory-backend-memfd,id=userlan-mem,size=%s,share=on", size));
	g_ptr_array_add(argv, g_strdup("-machine"));
	g_ptr_array_add(argv, g_strdup("memory-backend=userlan-mem"));
}

bool ul_vm_is_emulated(char *const *qemu)
{
	return !mentions(qemu, "kvm") && !strstr(qemu[0], "kvm");
}
