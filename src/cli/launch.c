/* SPDX-License-Identifier: BSD-3-Clause */
/* launch.c - find userland(8) and start it */
#include "cli/launch.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cli/child.h"

#define PROGRAM "userland"
#define READY_WAIT_MS 10000

static char *own_directory(void)
{
	char path[PATH_MAX];
	ssize_t n = readlink("/proc/self/exe", path, sizeof(path) - 1);

	if (n <= 0)
		return NULL;
	path[n] = '\0';
	return g_path_get_dirname(path);
}

char *ul_launch_find(char **error)
{
	static const char *const places[] = { PROGRAM, "../daemon/" PROGRAM };
	g_autofree char *dir = own_directory();
	char *path;

	for (size_t i = 0; dir && i < G_N_ELEMENTS(places); i++) {
		path = g_build_filename(dir, places[i], NULL);
		if (g_file_test(path, G_FILE_TEST_IS_REGULAR) &&
		    !access(path, X_OK))
			return path;
		g_free(path);
	}
	path = g_find_program_in_path(PROGRAM);
	if (!path)
		*error = g_strdup_printf("there is no " PROGRAM " beside this "
					 "program (%s) or in PATH",
					 dir ? dir : "/proc/self/exe");
	return path;
}

/* One byte comes when it is ready; its end closes the pipe. */
static int await_ready(int fd, char **error)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };
	char c;
	int n;

	do {
		n = poll(&p, 1, READY_WAIT_MS);
	} while (n < 0 && errno == EINTR);
	if (n > 0 && read(fd, &c, 1) == 1)
		return 0;
	*error = g_strdup_printf(n > 0 ? PROGRAM " did not start, see above" :
				 PROGRAM " is not ready after %d s",
				 READY_WAIT_MS / 1000);
	return n > 0 ? -ECHILD : -ETIMEDOUT;
}

static GPtrArray *make_argv(char *take_program, int fd, int ready,
			    const GPtrArray *options)
{
	GPtrArray *argv = g_ptr_array_new_with_free_func(g_free);

	g_ptr_array_add(argv, take_program);
	if (fd >= 0)
		g_ptr_array_add(argv, g_strdup_printf("--fd=%d", fd));
	g_ptr_array_add(argv, g_strdup_printf("--ready-fd=%d", ready));
	g_ptr_array_add(argv, g_strdup("--one-off"));
	g_ptr_array_add(argv, g_strdup("--foreground"));
	g_ptr_array_add(argv, g_strdup("--quiet"));
	for (guint i = 0; i < options->len; i++)
		g_ptr_array_add(argv, g_strdup(options->pdata[i]));
	g_ptr_array_add(argv, NULL);
	return argv;
}

int ul_launch_private(pid_t *out, int fd, GPtrArray *options, char **error)
{
	char *program = ul_launch_find(error);
	struct ul_child_conf conf = { .group = UL_CHILD_OWN_GROUP };
	int ready[2], keep[2], rc;
	GPtrArray *argv;
	pid_t pid;

	if (!program)
		return -ENOENT;
	if (pipe2(ready, O_CLOEXEC) < 0) {
		*error = g_strdup_printf("no pipe: %s", g_strerror(errno));
		g_free(program);
		return -errno;
	}
	argv = make_argv(program, fd, ready[1], options);
	keep[0] = ready[1];
	keep[1] = fd;
	conf.argv = (char **)argv->pdata;
	conf.keep_fds = keep;
	conf.keep_count = fd >= 0 ? 2 : 1;
	rc = ul_child_start(&pid, &conf, error);
	close(ready[1]);
	if (!rc) {
		rc = await_ready(ready[0], error);
		if (rc)
			ul_child_end(pid, rc == -ECHILD ? 1000 : 0);
		else
			*out = pid;
	}
	close(ready[0]);
	g_ptr_array_free(argv, TRUE);
	return rc;
}
