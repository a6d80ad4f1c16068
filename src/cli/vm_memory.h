/* SPDX-License-Identifier: BSD-3-Clause */
/* vm_memory.h - memory of a VM that QEMU shares with others */
#ifndef UL_CLI_VM_MEMORY_H
#define UL_CLI_VM_MEMORY_H

#include <glib.h>
#include <stdbool.h>

/*
 * Append to @argv what makes the memory of the VM that is started by @qemu a
 * shared one, as large as its -m says. Nothing when @qemu has a memory backend
 * of its own, which must be shared then.
 */
void ul_vm_memory_append(GPtrArray *argv, char *const *qemu);

/* Does the VM run without KVM, as far as its arguments say? */
bool ul_vm_is_emulated(char *const *qemu);

#endif
