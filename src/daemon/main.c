/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * main.c - userland, from start to end
 *
 * start() reads top to bottom. The process that works is forked off before
 * anything is opened, so nothing has to survive a fork; it keeps stderr
 * until it is ready, so its errors are seen. finish() undoes what was done,
 * as far as it was done.
 */
#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <glib.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/log.h"
#include "conf/conf_show.h"
#include "conf/value.h"
#include "ctl/ctl.h"
#include "daemon/args.h"
#include "daemon/background.h"
#include "daemon/log_file.h"
#include "daemon/pidfile.h"
#include "daemon/reload.h"
#include "daemon/setup.h"
#include "loop/loop.h"
#include "net/network.h"
#include "sys/spawn.h"
#include "sys/ns.h"
#include "sys/unixfd.h"

#define EXIT_USAGE 2

struct userland {
	struct ul_setup *setup;
	const struct ul_conf *conf;	/* the setup's */
	const struct ul_settings *line;	/* the command line */
	char *config_path;	/* absolute; NULL: there is no file */
	int log_fd;
	struct ul_log_file *log_file;
	char *log_path;		/* absolute, of either */
	int tell;		/* who waits for us to be ready; -1 */
	struct ul_loop *loop;
	struct ul_watch signals;
	struct ul_network *network;
	struct ul_ctl *ctl;
	const char *why_over;	/* one word, for the control clients */
	GPtrArray *socket_paths;	/* absolute, of those that were made */
	char *pid_file;		/* absolute, once written */
	char *error;
};

static int __attribute__((format(printf, 3, 4)))
fail(struct userland *u, int rc, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	u->error = g_strdup_vprintf(fmt, ap);
	va_end(ap);
	return rc;
}

/* Who is at the terminal sees the lines too. */
static void on_log_line(const char *line, size_t len, void *arg)
{
	ul_log_file_write(arg, line, len);
	if (write(STDERR_FILENO, line + UL_LOG_DAY_LEN,
		  len - UL_LOG_DAY_LEN) < 0)
		return;		/* it is in the file */
}

static int open_log_dir(struct userland *u)
{
	const struct ul_conf *conf = u->conf;
	g_autofree char *base = NULL;
	g_autofree char *dir = NULL;
	int rc;

	if (!conf->log_dir)
		return 0;
	dir = g_canonicalize_filename(conf->log_dir, NULL);
	rc = ul_log_file_open(&u->log_file, conf->log_dir, conf->name,
			      UL_LOG_FILE_MAX, &u->error);
	if (rc)
		return rc;
	base = g_strconcat(conf->name, ".log", NULL);
	u->log_path = g_canonicalize_filename(base, dir);
	ul_log_set_sink(on_log_line, u->log_file);
	return 0;
}

static int open_log(struct userland *u)
{
	const struct ul_conf *conf = u->conf;

	if (conf->quiet)
		ul_log_set_level(UL_LOG_WARN);
	if (conf->debug)
		ul_log_set_level(UL_LOG_DEBUG);
	if (!conf->log_file)
		return open_log_dir(u);
	u->log_fd = open(conf->log_file,
			 O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
	if (u->log_fd < 0)
		return fail(u, -errno, "--log-file %s: %s", conf->log_file,
			    g_strerror(errno));
	ul_log_set_fd(u->log_fd);
	u->log_path = g_canonicalize_filename(conf->log_file, NULL);
	return 0;
}

static int go_to_background(struct userland *u)
{
	int rc;

	if (u->conf->foreground)
		return 0;
	rc = ul_background_enter(&u->tell);
	return rc ? fail(u, rc, "cannot go to the background: %s",
			 g_strerror(-rc)) : 0;
}

/* A flow takes a descriptor; what the shell allows is often 1024. */
static void raise_file_limit(void)
{
	struct rlimit lim;

	if (getrlimit(RLIMIT_NOFILE, &lim) < 0)
		return;
	lim.rlim_cur = lim.rlim_max;
	ul_spawn_lower_files();
	if (setrlimit(RLIMIT_NOFILE, &lim) < 0)
		ul_log(WARN, "daemon", "the limit of open files stays: %s",
		       g_strerror(errno));
}

/* Root of a user namespace is an ordinary user outside. */
static bool is_root_of_machine(void)
{
	g_autofree char *map = NULL;
	unsigned int inside, outside, count;

	if (geteuid() != 0)
		return false;
	if (!g_file_get_contents("/proc/self/uid_map", &map, NULL, NULL) ||
	    sscanf(map, "%u %u %u", &inside, &outside, &count) != 3)
		return true;
	return outside == 0 && count == UINT32_MAX;
}

static void warn_root(void)
{
	if (is_root_of_machine())
		ul_log(WARN, "daemon", "runs as root and has no need to: "
		       "guests reach what root's sockets may reach");
}

static int reload(GPtrArray **changes, char **error, void *arg)
{
	struct userland *u = arg;
	const struct ul_reload from = {
		.setup = u->setup, .line = u->line, .path = u->config_path,
		.network = u->network,
	};
	int rc = ul_reload_run(&from, changes, error);

	if (rc)
		ul_log(ERROR, "reload", "nothing has changed: %s", *error);
	return rc;
}

static void reload_on_signal(struct userland *u)
{
	g_autofree char *error = NULL;
	GPtrArray *changes;

	if (!reload(&changes, &error, u))
		g_ptr_array_unref(changes);
}

/* The terminal that is gone says the same as somebody who asks. */
static bool asks_for_reload(const struct userland *u,
			    const struct signalfd_siginfo *info)
{
	return info->ssi_signo == SIGHUP && u->config_path &&
	       info->ssi_code != SI_KERNEL;
}

static void on_signal(uint32_t events, void *arg)
{
	struct userland *u = arg;
	struct signalfd_siginfo info;

	if (read(u->signals.fd, &info, sizeof(info)) != sizeof(info))
		return;
	if (info.ssi_signo == SIGUSR1) {
		ul_network_log_status(u->network);
		return;
	}
	if (asks_for_reload(u, &info)) {
		reload_on_signal(u);
		return;
	}
	ul_log(INFO, "daemon", "ends on signal %u from process %u",
	       info.ssi_signo, info.ssi_pid);
	u->why_over = "signal";
	ul_loop_stop(u->loop);
}

/* From here on signals wait for the loop: whatever is made is unmade. */
static int make_loop(struct userland *u)
{
	sigset_t set;
	int fd, rc;

	signal(SIGPIPE, SIG_IGN);
	signal(SIGXFSZ, SIG_IGN);	/* a capture that is full just ends */
	/* A parent that ignored it would have the kernel reap ours at once. */
	signal(SIGCHLD, SIG_DFL);
	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGHUP);
	sigaddset(&set, SIGUSR1);
	sigprocmask(SIG_BLOCK, &set, NULL);
	fd = signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC);
	u->loop = ul_loop_new();
	if (fd < 0 || !u->loop)
		return fail(u, -errno, "cannot make the event loop: %s",
			    g_strerror(errno));
	ul_loop_set_busy_poll(u->loop, u->conf->busy_poll_us);
	rc = ul_watch_add(u->loop, &u->signals, fd, EPOLLIN, on_signal, u);
	return rc ? fail(u, rc, "cannot watch for signals: %s",
			 g_strerror(-rc)) : 0;
}

/* The directory of our own choice is ours to make. */
static int make_socket_dir(struct userland *u, const char *path)
{
	const char *runtime = g_getenv("XDG_RUNTIME_DIR");
	g_autofree char *dir = g_path_get_dirname(path);
	g_autofree char *own = runtime ?
		g_build_filename(runtime, "userlan", NULL) : NULL;

	if (!own || strcmp(dir, own))
		return 0;
	return ul_unix_private_dir(dir, &u->error);
}

/* *@fd listens at @path, which is removed in the end. */
static int open_socket(struct userland *u, int type, const char *path, int *fd)
{
	int rc = make_socket_dir(u, path);

	if (!rc)
		rc = ul_unix_listen_type(fd, type, path, &u->error);
	/* An abstract name is no file. */
	if (!rc && path[0] != '@')
		g_ptr_array_add(u->socket_paths,
				g_canonicalize_filename(path, NULL));
	return rc;
}

static int open_listener(struct userland *u, int *fd,
			 const struct ul_listen_conf *l)
{
	static const int type[] = {
		[UL_LISTEN_STREAM] = SOCK_STREAM,
		[UL_LISTEN_SEQPACKET] = SOCK_SEQPACKET,
		[UL_LISTEN_DGRAM] = SOCK_DGRAM,
		[UL_LISTEN_VHOST_USER] = SOCK_STREAM,
	};
	struct ul_ep ep;

	if (l->kind != UL_LISTEN_TCP)
		return open_socket(u, type[l->kind], l->where, fd);
	return ul_value_ep(&ep, l->where, 0, &u->error) < 0 ? -EINVAL :
	       ul_loopback_listen(fd, &ep, &u->error);
}

static int listen_at(struct userland *u, const struct ul_listen_conf *l)
{
	int fd, rc = open_listener(u, &fd, l);

	return rc ? rc : ul_network_listen(u->network, l->kind, fd, &u->error);
}

static int attach_tap(struct userland *u)
{
	const struct ul_conf *conf = u->conf;
	struct ul_tap_conf tap = {
		.name = conf->netns_ifname,
		.mtu = conf->mtu,
		.is_configured = !conf->netns_no_config,
		.has_offload = !conf->netns_no_offload,
		.no_routes = !conf->tells_route,
		.subnet = conf->subnet,
		.addr4 = conf->guest4,
		.gateway4 = conf->gateway4,
		.has_ipv6 = conf->has_ipv6,
		.prefix6 = conf->prefix6,
		.addr6 = conf->guest6,
		.gateway6 = conf->gateway6,
	};

	int fd, rc = ul_ns_make_tap(&fd, conf->netns, &tap, &u->error);

	return rc ? rc : ul_network_attach_fd(u->network, fd, NULL, &u->error);
}

static int attach_fd(struct userland *u, int inherited)
{
	int fd, rc = ul_unix_adopt(&fd, inherited, &u->error);

	return rc ? rc : ul_network_attach_fd(u->network, fd, NULL, &u->error);
}

static void on_ended(void *arg)
{
	struct userland *u = arg;

	ul_log(INFO, "daemon", "the guest is gone, so is userland");
	u->why_over = "guest";
	ul_loop_stop(u->loop);
}

static int start_network(struct userland *u)
{
	const struct ul_conf *c = u->conf;
	int rc = ul_network_start(&u->network, u->loop, c, on_ended, u,
				  &u->error);

	for (guint i = 0; i < c->uplinks->len && !rc; i++)
		rc = ul_network_add_uplink(u->network, c->uplinks->pdata[i],
					   &u->error);
	for (guint i = 0; i < c->listens->len && !rc; i++)
		rc = listen_at(u, c->listens->pdata[i]);
	for (guint i = 0; i < c->fds->len && !rc; i++)
		rc = attach_fd(u, g_array_index(c->fds, int, i));
	if (!rc && c->netns)
		rc = attach_tap(u);
	return rc;
}

static void on_quit(void *arg)
{
	struct userland *u = arg;

	ul_log(INFO, "daemon", "ends, as a control client asked");
	u->why_over = "quit";
	ul_loop_stop(u->loop);
}

static int start_control(struct userland *u)
{
	const struct ul_ctl_conf conf = {
		.loop = u->loop, .network = u->network,
		.log_path = u->log_path,
		.quit = on_quit, .reload = reload, .arg = u,
	};
	int fd, rc;

	if (!u->conf->control_path)
		return 0;
	rc = open_socket(u, SOCK_STREAM, u->conf->control_path, &fd);
	if (rc)
		return rc;
	u->ctl = ul_ctl_new(&conf);
	rc = ul_ctl_listen(u->ctl, fd);
	return rc ? fail(u, rc, "--control %s: cannot be watched: %s",
			 u->conf->control_path, g_strerror(-rc)) : 0;
}

static int write_pid_file(struct userland *u)
{
	int rc;

	if (!u->conf->pid_file)
		return 0;
	rc = ul_pidfile_write(u->conf->pid_file);
	if (rc)
		return fail(u, rc, "--pid %s: %s", u->conf->pid_file,
			    g_strerror(-rc));
	u->pid_file = g_canonicalize_filename(u->conf->pid_file, NULL);
	return 0;
}

static void log_ready(const struct ul_conf *conf)
{
	g_autoptr(GString) where = g_string_new(NULL);
	char addr[UL_ADDR_STRLEN];

	for (guint i = 0; i < conf->listens->len; i++) {
		struct ul_listen_conf *l = conf->listens->pdata[i];

		g_string_append_printf(where, "%s%s", where->len ? ", " : "",
				       l->where);
	}
	if (conf->netns)
		g_string_append_printf(where, "%s%s of netns %s",
				       where->len ? ", " : "",
				       conf->netns_ifname, conf->netns);
	if (conf->fds->len)
		g_string_append_printf(where, "%san inherited socket",
				       where->len ? ", " : "");
	ul_log(INFO, "daemon", "network %s (%s) is ready on %s", conf->name,
	       ul_mode_parts(conf->mode)->name, where->str);
	if (conf->has_free_subnet)
		ul_log(INFO, "daemon", "its subnet is %s/%u",
		       ul_addr_str(&conf->subnet.addr, addr),
		       conf->subnet.len);
}

static int say_ready(struct userland *u)
{
	int rc;

	log_ready(u->conf);
	if (u->conf->ready_fd >= 0) {
		if (write(u->conf->ready_fd, "1", 1) < 0)
			ul_log(WARN, "daemon", "nobody reads --ready-fd: %s",
			       g_strerror(errno));
		/* 0 to 2 stay filled, or something else gets them. */
		if (u->conf->ready_fd > STDERR_FILENO)
			close(u->conf->ready_fd);
	}
	if (u->tell < 0)
		return 0;
	rc = ul_background_ready(u->tell);
	u->tell = -1;
	return rc ? fail(u, rc, "cannot go to the background: %s",
			 g_strerror(-rc)) : 0;
}

static int start(struct userland *u)
{
	int rc = open_log(u);

	if (!rc)
		rc = go_to_background(u);
	if (rc)
		return rc;
	raise_file_limit();
	warn_root();
	rc = make_loop(u);
	if (!rc)
		rc = start_network(u);
	if (!rc)
		rc = start_control(u);
	if (!rc)
		rc = write_pid_file(u);
	if (!rc)
		rc = say_ready(u);
	return rc;
}

static void finish(struct userland *u)
{
	if (u->ctl)
		ul_ctl_say_shutdown(u->ctl, u->why_over);
	ul_ctl_free(u->ctl);
	ul_network_free(u->network);
	for (guint i = 0; i < u->socket_paths->len; i++)
		unlink(u->socket_paths->pdata[i]);
	if (u->pid_file)
		ul_pidfile_remove(u->pid_file);
	if (u->loop)
		ul_watch_del(u->loop, &u->signals);
	ul_loop_free(u->loop);
	ul_log_set_sink(NULL, NULL);
	ul_log_file_free(u->log_file);
	g_free(u->log_path);
	g_ptr_array_unref(u->socket_paths);
	g_free(u->pid_file);
	g_free(u->config_path);
	g_free(u->error);
}

static void on_log_file_only(const char *line, size_t len, void *arg)
{
	ul_log_file_write(arg, line, len);
}

/* To whoever looks at the terminal, and to the log when that is elsewhere. */
static void report(const struct userland *u)
{
	const char *error = u->error ? u->error : "ends on an error";

	fprintf(stderr, "userland: %s\n", error);
	if (u->log_file)
		ul_log_set_sink(on_log_file_only, u->log_file);
	if (u->log_fd >= 0 || u->log_file)
		ul_log(ERROR, "daemon", "%s", error);
}

static int serve(struct ul_setup *setup, const struct ul_settings *line)
{
	const char *config = setup->conf->config_file;
	struct userland u = {
		.setup = setup, .conf = setup->conf, .line = line,
		.config_path = config ? g_canonicalize_filename(config, NULL) :
					NULL,
		.why_over = "error", .log_fd = -1,
		.tell = -1, .signals = { .fd = -1 },
		.socket_paths = g_ptr_array_new_with_free_func(g_free),
	};
	int rc = start(&u);

	if (!rc) {
		rc = ul_loop_run(u.loop);
		if (rc)
			fail(&u, rc, "the event loop failed: %s",
			     g_strerror(-rc));
	}
	if (rc)
		report(&u);
	finish(&u);
	return rc ? EXIT_FAILURE : EXIT_SUCCESS;
}

static int refuse(char *take_error)
{
	fprintf(stderr, "userland: %s\n", take_error);
	g_free(take_error);
	return EXIT_USAGE;
}

static int show(const struct ul_setup *setup)
{
	g_autofree char *text = ul_conf_show(setup->conf, setup->settings);

	if (!setup->conf->quiet)
		fputs(text, stdout);
	return EXIT_SUCCESS;
}

static int check_and_serve(const struct ul_settings *line)
{
	struct ul_setup *setup;
	char *error = NULL;
	int status;

	if (ul_setup_load(&setup, line, ul_settings_value(line, "config"),
			  NULL, &error))
		return refuse(error);
	status = setup->conf->check_only ? show(setup) : serve(setup, line);
	ul_setup_free(setup);
	return status;
}

static void show_help(void)
{
	g_autofree char *help = ul_args_help();

	fputs(help, stdout);
}

int main(int argc, char **argv)
{
	struct ul_settings *line;
	enum ul_args_wish wish = UL_ARGS_RUN;
	char *error = NULL;
	int status = EXIT_SUCCESS;

	if (ul_background_fill_stdio() < 0)
		return EXIT_FAILURE;
	if (ul_args_parse(&line, argc, argv, &wish, &error))
		return refuse(error);
	switch (wish) {
	case UL_ARGS_RUN:
		status = check_and_serve(line);
		break;
	case UL_ARGS_HELP:
		show_help();
		break;
	case UL_ARGS_VERSION:
		puts("userland " PACKAGE_VERSION);
		break;
	}
	ul_settings_free(line);
	return status;
}
