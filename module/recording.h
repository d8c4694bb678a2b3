/* SPDX-License-Identifier: GPL-2.0 */
/* What the mirrors were served, kept, and served again elsewhere. */
#ifndef SBD_RECORDING_H
#define SBD_RECORDING_H

#include <linux/build_bug.h>
#include <linux/types.h>

#include "errlog.h"
#include "stream.h"
#include "text.h"

#define SBD_RECORDING_MB_MAX	1024

/**
 * struct sbd_recording_head - how every recording begins
 * @magic:    says that it is one
 * @crc:      of all that follows, crc32() as of Ethernet
 * @version:  of the format
 * @bytes:    length of the whole
 * @body:     where the records begin
 * @records:  how many
 * @lost:     events that no record tells of, for the rings were full
 * @left:     records that had no room
 * @reserved: 0
 */
struct sbd_recording_head {
	u8 magic[8];
	__le32 crc;
	__le32 version;
	__le64 bytes;
	__le64 body;
	__le64 records;
	__le64 lost;
	__le64 left;
	__le64 reserved;
} __packed;

static_assert(sizeof(struct sbd_recording_head) == 64);

/**
 * struct sbd_record - an event and its CPU
 * @time:     see struct sbd_event, like most
 * @pfn:      of a sample, how many blocks of @order the host had free
 * @gfp:      of an allocation
 * @seq:      under a zone's lock
 * @kind:     enum sbd_event_kind, or SBD_RECORD_SAMPLE
 * @order:    of the block
 * @type:     of the request
 * @more:     by kind
 * @cpu:      whose
 * @reserved: 0
 */
struct sbd_record {
	__le64 time;
	__le32 pfn;
	__le32 gfp;
	__le32 seq;
	u8 kind;
	u8 order;
	s8 type;
	u8 more;
	__le16 cpu;
	__le16 reserved;
} __packed;

static_assert(sizeof(struct sbd_record) == 28);

#define SBD_RECORD_SAMPLE	0xf0	/* tells of the host's free blocks of an order */

/**
 * struct sbd_recording - a recording that is being made
 * @buf:   the file so far, NULL if none is to be made
 * @size:  room
 * @len:   bytes so far
 * @body:  of these, before the first record
 * @nr:	   records
 * @left:  records that came too late: it was full, or had ended
 * @full:  there was no room for one
 * @ended: it is whole
 *
 * Written by the one who serves the mirrors; read when it has ended.
 */
struct sbd_recording {
	u8 *buf;
	size_t size;
	size_t len;
	size_t body;
	u64 nr;
	u64 left;
	bool full;
	bool ended;
};

int sbd_recording_create(struct sbd_recording *r, unsigned int mb,
			 struct sbd_error *err);
int sbd_recording_start(struct sbd_recording *r, const struct sbd_stream *s,
			struct sbd_snap *snap, struct sbd_error *err);
void sbd_recording_add(struct sbd_recording *r, int cpu, const struct sbd_event *e);
void sbd_recording_sample(struct sbd_recording *r, u64 time,
			  const unsigned long *nr_free);
void sbd_recording_end(struct sbd_recording *r, u64 lost);
void sbd_recording_seal(void *buf, size_t len);
void sbd_recording_free(struct sbd_recording *r);
void sbd_recording_show(const struct sbd_recording *r, struct sbd_text *t);

/**
 * struct sbd_recorded - a recording that was read
 * @release: of the kernel
 * @profile: its behaviour
 * @tun:     its tunables
 * @hooks:   that the records come from, too
 * @snap:    what it begins with
 * @records: the records, in the bytes that were read
 * @nr:	     how many
 * @lost:    events of the time that no record tells of
 * @left:    records that had no room at its end
 */
struct sbd_recorded {
	char release[65];
	char profile[16];
	struct sbd_tunables tun;
	u32 hooks;
	struct sbd_snap snap;
	const u8 *records;
	u64 nr;
	u64 lost;
	u64 left;
};

int sbd_recorded_open(struct sbd_recorded *r, const void *buf, size_t len,
		      struct sbd_error *err);
void sbd_recorded_close(struct sbd_recorded *r);
int sbd_recorded_serve(const struct sbd_recorded *r, struct sbd_stream *s);

/**
 * struct sbd_replayed - what a replay took
 * @records: served
 * @ns:	     for serving them, to all instances
 */
struct sbd_replayed {
	u64 records;
	u64 ns;
};

int sbd_recording_replay(const void *buf, size_t len, const struct sbd_whatif *whatif,
			 int nr_whatif, struct sbd_text *out,
			 struct sbd_replayed *took, struct sbd_error *err);

/**
 * struct sbd_upload - a recording that comes in pieces
 * @head: its first bytes, until @buf is there
 * @buf:  all of it, once its length is known
 * @size: its length
 * @len:  bytes so far
 */
struct sbd_upload {
	u8 head[sizeof(struct sbd_recording_head)];
	u8 *buf;
	size_t size;
	size_t len;
};

int sbd_upload_add(struct sbd_upload *u, const void *bytes, size_t n,
		   struct sbd_error *err);
void sbd_upload_free(struct sbd_upload *u);

#endif
