# tests/slirp: the library under programs that were made for libslirp's
EXTRA_DIST += \
	%D%/seeds.py \
	%D%/slirp.py
