/* SPDX-License-Identifier: BSD-3-Clause */
/* option_process.c - setters: how the process behaves */
#include "conf/option_set.h"

#include "conf/value.h"

#define BUSY_POLL_MAX_US 1000

int ul_option_set_config(struct ul_conf *conf, const char *value, char **why)
{
	return ul_value_text(&conf->config_file, value, why);
}

int ul_option_set_control(struct ul_conf *conf, const char *value, char **why)
{
	return ul_value_text(&conf->control_path, value, why);
}

int ul_option_set_pid(struct ul_conf *conf, const char *value, char **why)
{
	return ul_value_text(&conf->pid_file, value, why);
}

int ul_option_set_log_file(struct ul_conf *conf, const char *value, char **why)
{
	return ul_value_text(&conf->log_file, value, why);
}

int ul_option_set_log_dir(struct ul_conf *conf, const char *value, char **why)
{
	return ul_value_text(&conf->log_dir, value, why);
}

int ul_option_set_pcap(struct ul_conf *conf, const char *value, char **why)
{
	return ul_value_text(&conf->pcap_file, value, why);
}

int ul_option_set_ready_fd(struct ul_conf *conf, const char *value, char **why)
{
	unsigned int fd;
	int rc = ul_value_uint(&fd, value, 0, INT32_MAX, why);

	if (!rc)
		conf->ready_fd = (int)fd;
	return rc;
}

int ul_option_set_busy_poll(struct ul_conf *conf, const char *value,
			    char **why)
{
	return ul_value_uint(&conf->busy_poll_us, value, 1, BUSY_POLL_MAX_US,
			     why);
}

int ul_option_set_foreground(struct ul_conf *conf, const char *value,
			     char **why)
{
	conf->foreground = true;
	return 0;
}

int ul_option_set_quiet(struct ul_conf *conf, const char *value, char **why)
{
	conf->quiet = true;
	return 0;
}

int ul_option_set_debug(struct ul_conf *conf, const char *value, char **why)
{
	conf->debug = true;
	return 0;
}

int ul_option_set_one_off(struct ul_conf *conf, const char *value, char **why)
{
	conf->one_off = true;
	return 0;
}

int ul_option_set_check(struct ul_conf *conf, const char *value, char **why)
{
	conf->check_only = true;
	return 0;
}
