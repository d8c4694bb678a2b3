// SPDX-License-Identifier: GPL-2.0
/* Numbers in bytes: one description of a format that both writes and reads it. */
#include <linux/errno.h>
#include <linux/string.h>
#include <linux/vmalloc.h>

#include "wire.h"

static void fail(struct sbd_wire *w, int err, const char *what)
{
	if (w->wrong)
		return;
	w->wrong = what;
	w->err = err;
}

/* The next @n bytes, NULL if there are not so many. */
static u8 *next(struct sbd_wire *w, size_t n, const char *name)
{
	u8 *at = w->buf + w->at;

	if (!w->wrong && n > w->len - w->at)
		fail(w, w->reading ? -EINVAL : -ENOSPC, name);
	if (w->wrong)
		return NULL;
	w->at += n;
	return at;
}

/* Where the byte of this weight is in a number of the machine's. */
static size_t place(size_t weight, size_t size)
{
#ifdef __BIG_ENDIAN
	return size - 1 - weight;
#else
	return weight;
#endif
}

/**
 * sbd_wire_raw() - a number
 * @w:	    where
 * @number: any integer
 * @size:   of it
 * @name:   for errors
 */
void sbd_wire_raw(struct sbd_wire *w, void *number, size_t size, const char *name)
{
	u8 *bytes = next(w, size, name), *own = number;
	size_t i;

	if (!bytes)
		return;
	for (i = 0; i < size; i++) {
		if (w->reading)
			own[place(i, size)] = bytes[i];
		else
			bytes[i] = own[place(i, size)];
	}
}

/**
 * sbd_wire_array() - numbers, one after the other
 * @w:	     where
 * @numbers: any integers
 * @n:	     how many
 * @size:    of one
 * @name:    for errors
 */
void sbd_wire_array(struct sbd_wire *w, void *numbers, size_t n, size_t size,
		    const char *name)
{
	size_t i;

	for (i = 0; i < n && !w->wrong; i++)
		sbd_wire_raw(w, numbers + i * size, size, name);
}

/**
 * sbd_wire_flag() - yes or no, in a byte
 * @w:	  where
 * @flag: set to nothing else, whatever is read
 * @name: for errors
 */
void sbd_wire_flag(struct sbd_wire *w, bool *flag, const char *name)
{
	u8 byte = w->reading ? 0 : *flag;

	sbd_wire_raw(w, &byte, 1, name);
	if (w->reading && sbd_wire_must(w, byte <= 1, name))
		*flag = byte;
}

/**
 * sbd_wire_bytes() - bytes as they are
 * @w:	   where
 * @bytes: them
 * @n:	   how many
 * @name:  for errors
 */
void sbd_wire_bytes(struct sbd_wire *w, void *bytes, size_t n, const char *name)
{
	u8 *at = next(w, n, name);

	if (!at)
		return;
	if (w->reading)
		memcpy(bytes, at, n);
	else
		memcpy(at, bytes, n);
}

/**
 * sbd_wire_must() - what is read has to make sense
 * @w:	  where
 * @so:   it does
 * @what: else this is wrong
 *
 * Return: false if this or anything before is wrong.
 */
bool sbd_wire_must(struct sbd_wire *w, bool so, const char *what)
{
	if (!so)
		fail(w, -EINVAL, what);
	return !w->wrong;
}

/**
 * sbd_wire_room() - when reading, memory for an array whose length was read
 * @w:	    where; its elements come now
 * @to:	    set to zeroed memory, to be given back with vfree()
 * @n:	    how many
 * @size:   of one in memory
 * @stored: bytes that each takes here, at least; so that no small file asks for
 *	    much memory
 * @name:   for errors
 *
 * When writing, nothing is done.  Context: process, may sleep.
 * Return: false if this or anything before is wrong.
 */
bool sbd_wire_room(struct sbd_wire *w, void **to, size_t n, size_t size,
		   size_t stored, const char *name)
{
	if (!w->reading || w->wrong)
		return !w->wrong;
	if (!sbd_wire_must(w, n <= (w->len - w->at) / stored, name))
		return false;
	*to = vzalloc(array_size(max_t(size_t, n, 1), size));
	if (!*to)
		fail(w, -ENOMEM, name);
	return !w->wrong;
}
