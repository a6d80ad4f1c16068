# tests/slirp: the library under programs that were made for libslirp's
SLIRP_TESTS = \
	%D%/abi.sh \
	%D%/same.py \
	%D%/slirp4netns.sh \
	%D%/upstream.sh \
	%D%/vde.sh

TESTS += $(SLIRP_TESTS)
EXTRA_DIST += $(SLIRP_TESTS) \
	%D%/fetch \
	%D%/abi.c \
	%D%/seeds.py \
	%D%/slirp.py
