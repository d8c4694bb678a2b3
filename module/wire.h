/* SPDX-License-Identifier: GPL-2.0 */
/* Numbers in bytes: one description of a format that both writes and reads it. */
#ifndef SBD_WIRE_H
#define SBD_WIRE_H

#include <linux/types.h>

/**
 * struct sbd_wire - a place in some bytes
 * @buf:     the bytes; only read if @reading
 * @len:     how many there are
 * @at:	     how many are behind us
 * @reading: fields are set from the bytes; else bytes from the fields
 * @wrong:   what did not fit or make sense, the first of all; NULL: all well.  From
 *	     then on fields stay as they are, and nothing is written.
 * @err:     with @wrong: -EINVAL, -ENOSPC or -ENOMEM
 *
 * Numbers are little-endian and have the size of their type.
 */
struct sbd_wire {
	u8 *buf;
	size_t len;
	size_t at;
	bool reading;
	const char *wrong;
	int err;
};

/* A number, of any integer type; its name is what an error says. */
#define sbd_wire_num(w, field) \
	sbd_wire_raw(w, &(field), sizeof(field), #field)

/* An array of them. */
#define sbd_wire_nums(w, field, n) \
	sbd_wire_array(w, field, n, sizeof(*(field)), #field)

void sbd_wire_raw(struct sbd_wire *w, void *number, size_t size, const char *name);
void sbd_wire_array(struct sbd_wire *w, void *numbers, size_t n, size_t size,
		    const char *name);
void sbd_wire_flag(struct sbd_wire *w, bool *flag, const char *name);
void sbd_wire_bytes(struct sbd_wire *w, void *bytes, size_t n, const char *name);
bool sbd_wire_must(struct sbd_wire *w, bool so, const char *what);
bool sbd_wire_room(struct sbd_wire *w, void **to, size_t n, size_t size,
		   size_t stored, const char *name);

#endif
