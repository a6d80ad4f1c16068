# tests/slirp: the library under programs that were made for libslirp's
EXTRA_DIST += \
	%D%/fetch \
	%D%/same.py \
	%D%/seeds.py \
	%D%/slirp.py
