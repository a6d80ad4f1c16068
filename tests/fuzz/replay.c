/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * replay.c - run a fuzz target over its corpus, with any compiler
 *
 *	fuzz_NAME [FILE|DIRECTORY]...
 *
 * Without arguments the corpus is $srcdir/tests/fuzz/corpus-NAME, NAME being
 * what follows "fuzz_" in the program's own name, so a new target needs no
 * code here. Each input is given on a heap copy of exactly its size. A
 * corpus that is missing or empty is a failure: replaying nothing proves
 * nothing.
 */
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "fuzz/fuzz.h"

#define PATH_MAX_LEN 4096
#define INPUT_MAX (1 << 24)

static int replay_file(const char *path, off_t size)
{
	FILE *f = size <= INPUT_MAX ? fopen(path, "rb") : NULL;
	size_t len = (size_t)size;
	uint8_t *data;

	if (!f) {
		perror(path);
		return -1;
	}
	data = malloc(len ? len : 1);
	if (!data || fread(data, 1, len, f) != len) {
		fprintf(stderr, "%s: cannot read %zu bytes\n", path, len);
		fclose(f);
		free(data);
		return -1;
	}
	fclose(f);
	LLVMFuzzerTestOneInput(data, len);
	free(data);
	return 1;
}

/* How many inputs were run, or -1. Here, since directories nest. */
static int replay(const char *path);

static int replay_dir(const char *path)
{
	DIR *dir = opendir(path);
	struct dirent *e;
	char sub[PATH_MAX_LEN];
	int runs = 0;

	while (dir && (e = readdir(dir))) {
		int n;

		if (e->d_name[0] == '.')
			continue;
		snprintf(sub, sizeof(sub), "%s/%s", path, e->d_name);
		n = replay(sub);
		if (n < 0) {
			runs = -1;
			break;
		}
		runs += n;
	}
	if (dir)
		closedir(dir);
	return runs;
}

static int replay(const char *path)
{
	struct stat st;

	if (stat(path, &st) < 0) {
		perror(path);
		return -1;
	}
	if (S_ISDIR(st.st_mode))
		return replay_dir(path);
	return replay_file(path, st.st_size);
}

static int replay_own_corpus(void)
{
	const char *srcdir = getenv("srcdir");
	const char *name = strstr(program_invocation_short_name, "fuzz_");
	char path[PATH_MAX_LEN];

	if (!name) {
		fprintf(stderr, "the program's name is not fuzz_NAME\n");
		return -1;
	}
	snprintf(path, sizeof(path), "%s/tests/fuzz/corpus-%s",
		 srcdir ? srcdir : ".", name + strlen("fuzz_"));
	return replay(path);
}

int main(int argc, char **argv)
{
	int runs = argc > 1 ? 0 : replay_own_corpus();

	for (int i = 1; i < argc && runs >= 0; i++) {
		int n = replay(argv[i]);

		runs = n < 0 ? -1 : runs + n;
	}
	if (runs == 0)
		fprintf(stderr, "no inputs\n");
	else if (runs > 0)
		printf("%d inputs\n", runs);
	return runs > 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
