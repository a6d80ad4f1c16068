/* SPDX-License-Identifier: BSD-3-Clause */
/* log.c - levels, tags, one line per event */
#include "base/log.h"

#include <stdarg.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

#define LINE_MAX_LEN 1024
#define LIMIT_WINDOW_US (10 * 1000000ll)
#define LIMIT_LINES 10

const char *const ul_log_level_names[UL_LOG_COUNT + 1] = {
	[UL_LOG_ERROR] = "error",
	[UL_LOG_WARN] = "warn",
	[UL_LOG_INFO] = "info",
	[UL_LOG_DEBUG] = "debug",
};

static enum ul_log_level log_level = UL_LOG_INFO;
static int log_fd = STDERR_FILENO;
static ul_log_sink_fn log_sink;
static void *log_sink_arg;

void ul_log_set_level(enum ul_log_level level)
{
	log_level = level;
}

enum ul_log_level ul_log_level(void)
{
	return log_level;
}

bool ul_log_wants(enum ul_log_level level)
{
	return level <= log_level;
}

void ul_log_set_fd(int fd)
{
	log_fd = fd;
}

void ul_log_set_sink(ul_log_sink_fn sink, void *arg)
{
	log_sink = sink;
	log_sink_arg = arg;
}

/* The terminal knows what day it is. */
static void put_line(const char *line, size_t len)
{
	if (log_sink)
		log_sink(line, len, log_sink_arg);
	else if (write(log_fd, line + UL_LOG_DAY_LEN,
		       len - UL_LOG_DAY_LEN) < 0)
		return;		/* nowhere left to say so */
}

/*
 * The line is built whole and written once, so that lines of two processes
 * on one terminal do not mix. Control characters cannot come from @fmt's
 * arguments unless a caller passes guest bytes as text, which none may.
 */
static __attribute__((format(printf, 3, 0)))
void write_line(enum ul_log_level level, const char *tag,
		const char *fmt, va_list ap)
{
	char line[LINE_MAX_LEN];
	struct timespec ts;
	struct tm tm;
	size_t len;
	int n;

	clock_gettime(CLOCK_REALTIME, &ts);
	localtime_r(&ts.tv_sec, &tm);
	len = strftime(line, sizeof(line), "%Y-%m-%d %H:%M:%S", &tm);
	n = snprintf(line + len, sizeof(line) - len, ".%03ld %s %s: ",
		     ts.tv_nsec / 1000000, ul_log_level_names[level], tag);
	len += (size_t)n;
	n = vsnprintf(line + len, sizeof(line) - len - 1, fmt, ap);
	if (n > 0)
		len += (size_t)n < sizeof(line) - len - 1 ?
		       (size_t)n : sizeof(line) - len - 2;
	line[len++] = '\n';
	put_line(line, len);
}

void ul_log_write(enum ul_log_level level, const char *tag, const char *fmt,
		  ...)
{
	va_list ap;

	if (!ul_log_wants(level))
		return;
	va_start(ap, fmt);
	write_line(level, tag, fmt, ap);
	va_end(ap);
}

void ul_log_limited(struct ul_log_limit *limit, int64_t now_us,
		    enum ul_log_level level, const char *tag, const char *fmt,
		    ...)
{
	va_list ap;

	if (!ul_log_wants(level))
		return;
	if (now_us - limit->window_start_us >= LIMIT_WINDOW_US ||
	    now_us < limit->window_start_us) {
		limit->window_start_us = now_us;
		limit->in_window = 0;
		if (limit->suppressed)
			ul_log_write(level, tag, "%u lines like the next were left out",
				     limit->suppressed);
		limit->suppressed = 0;
	}
	if (limit->in_window++ >= LIMIT_LINES) {
		limit->suppressed++;
		return;
	}
	va_start(ap, fmt);
	write_line(level, tag, fmt, ap);
	va_end(ap);
}
