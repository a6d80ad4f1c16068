/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * log.h - levels, tags, one line per event
 *
 * error: a human must act. warn: we refused or degraded. info: lifecycle.
 * debug: all else. Lines that a guest can cause go through ul_log_limited().
 */
#ifndef UL_BASE_LOG_H
#define UL_BASE_LOG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum ul_log_level {
	UL_LOG_ERROR,
	UL_LOG_WARN,
	UL_LOG_INFO,
	UL_LOG_DEBUG,
};
#define UL_LOG_COUNT (UL_LOG_DEBUG + 1)

/* One budget of lines; zero-initialised, kept by whoever logs. */
struct ul_log_limit {
	int64_t window_start_us;
	unsigned int in_window;
	unsigned int suppressed;
};

/* Lines above @level are dropped. The default is UL_LOG_INFO. */
void ul_log_set_level(enum ul_log_level level);
enum ul_log_level ul_log_level(void);
/* "error" to "debug" in their order, then NULL. */
extern const char *const ul_log_level_names[UL_LOG_COUNT + 1];
bool ul_log_wants(enum ul_log_level level);

/* Lines go to @fd (default 2), which stays the caller's. */
void ul_log_set_fd(int fd);

/*
 * Lines go to @sink instead, whole and with the day in front, which is
 * UL_LOG_DAY_LEN bytes long; NULL: to the descriptor again.
 */
#define UL_LOG_DAY_LEN 11	/* "2026-11-21 " */
typedef void (*ul_log_sink_fn)(const char *line, size_t len, void *arg);
void ul_log_set_sink(ul_log_sink_fn sink, void *arg);

void ul_log_write(enum ul_log_level level, const char *tag, const char *fmt,
		  ...) __attribute__((format(printf, 3, 4)));

/*
 * As ul_log_write(), at most 10 lines in any 10 s of @now_us; the next line
 * that passes says how many were left out.
 */
void ul_log_limited(struct ul_log_limit *limit, int64_t now_us,
		    enum ul_log_level level, const char *tag, const char *fmt,
		    ...) __attribute__((format(printf, 5, 6)));

#define ul_log(level, tag, ...) \
	do { \
		if (ul_log_wants(UL_LOG_##level)) \
			ul_log_write(UL_LOG_##level, tag, __VA_ARGS__); \
	} while (0)

#endif
