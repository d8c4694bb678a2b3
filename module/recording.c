// SPDX-License-Identifier: GPL-2.0
/*
 * What the mirrors were served, kept, and served again elsewhere.
 *
 * A recording is one file: a head, the host's shape and settings, its state at one
 * instant, and then all that the mirrors were told, in the order in which they were
 * told it.  A replay tells it to mirrors anew, by the same code, so that they give
 * the same answer; or another, under other settings.
 *
 *	head		what it is, its length, a checksum of all that follows
 *	about		kernel release, profile, hooks, tunables
 *	snapshot	see snapfile.c
 *	records		struct sbd_record each
 */
#include <linux/build_bug.h>
#include <linux/crc32.h>
#include <linux/errno.h>
#include <linux/ktime.h>
#include <linux/mm.h>
#include <linux/sched.h>
#include <linux/sched/signal.h>
#include <linux/string.h>
#include <linux/utsname.h>
#include <linux/vmalloc.h>

#include "recording.h"
#include "snapfile.h"

#define VERSION		1
#define BYTES_A_FRAME	24	/* at least what a mirror needs */
#define LOOK_EVERY	1024	/* records between two looks at signals */

static const u8 magic[8] = { 'S', 'B', 'D', 'R', 'E', 'C', '\r', '\n' };

static u32 crc_of(const void *buf, size_t len)
{
	const size_t from = offsetofend(struct sbd_recording_head, crc);

	return ~crc32_le(~0, (const u8 *)buf + from, len - from);
}

/* ---- what comes before the records -------------------------------------------------- */

static void body(struct sbd_wire *w, struct sbd_recorded *r, struct sbd_snap *snap)
{
	sbd_wire_bytes(w, r->release, sizeof(r->release), "release");
	sbd_wire_bytes(w, r->profile, sizeof(r->profile), "profile");
	sbd_wire_must(w, strnlen(r->release, sizeof(r->release)) < sizeof(r->release) &&
		      strnlen(r->profile, sizeof(r->profile)) < sizeof(r->profile),
		      "a name");
	sbd_wire_num(w, r->hooks);
	sbd_snapfile_tunables(w, &r->tun);
	sbd_snapfile(w, snap);
}

static void about(struct sbd_recorded *r, const struct sbd_stream *s)
{
	memset(r, 0, sizeof(*r));
	strscpy(r->release, init_utsname()->release, sizeof(r->release));
	scnprintf(r->profile, sizeof(r->profile), "%u.%u.%u", s->prof.major,
		  s->prof.minor, s->prof.sublevel);
	r->hooks = s->hooks;
	r->tun = s->tun;
}

/* ---- making one -------------------------------------------------------------------- */

/**
 * sbd_recording_create() - take the memory for a recording
 * @r:	 filled
 * @mb:	 MiB, up to SBD_RECORDING_MB_MAX; 0: none is to be made
 * @err: filled on error
 *
 * Before the snapshot: so much memory taken is much to be told.
 * Context: process, may sleep.  Return: 0 or -ENOMEM.
 */
int sbd_recording_create(struct sbd_recording *r, unsigned int mb,
			 struct sbd_error *err)
{
	memset(r, 0, sizeof(*r));
	if (!mb)
		return 0;
	r->size = (size_t)min_t(unsigned int, mb, SBD_RECORDING_MB_MAX) << 20;
	r->buf = vmalloc(r->size);
	return r->buf ? 0 : sbd_error(err, -ENOMEM, "record_mb", "no memory for a recording");
}

/**
 * sbd_recording_start() - begin with a snapshot
 * @r:	  created
 * @s:	  who will be served what is recorded
 * @snap: what its instances begin with; its movable pages are noted
 * @err:  filled on error
 *
 * Context: process, may sleep.
 * Return: 0; -ENOSPC if even this needs more room; -EINVAL for a host that a replay
 * would not take.
 */
int sbd_recording_start(struct sbd_recording *r, const struct sbd_stream *s,
			struct sbd_snap *snap, struct sbd_error *err)
{
	struct sbd_wire w = {
		.buf = r->buf,
		.len = r->size,
		.at = sizeof(struct sbd_recording_head),
	};
	struct sbd_recorded what;

	if (!r->buf)
		return 0;
	memset(r->buf, 0, sizeof(struct sbd_recording_head));
	about(&what, s);
	body(&w, &what, snap);
	if (w.wrong && w.err == -ENOSPC)
		return sbd_error(err, w.err, "record_mb", "too little for the snapshot");
	if (w.wrong)
		return sbd_error(err, w.err, "", "this host cannot be recorded: %s", w.wrong);
	r->body = w.at;
	r->len = w.at;
	return 0;
}

static void put(struct sbd_recording *r, const struct sbd_record *with)
{
	if (!r->buf)
		return;
	r->full |= r->size - r->len < sizeof(*with);
	if (r->ended || r->full) {
		r->left++;
		return;
	}
	memcpy(r->buf + r->len, with, sizeof(*with));
	r->len += sizeof(*with);
	r->nr++;
}

/**
 * sbd_recording_add() - keep an event
 * @r:	 started, or zero: then nothing is done
 * @cpu: whose
 * @e:	 about to be served
 *
 * When it is full, no more is kept, but counted.  Context: any; one caller.
 */
void sbd_recording_add(struct sbd_recording *r, int cpu, const struct sbd_event *e)
{
	const struct sbd_record with = {
		.time = cpu_to_le64(e->time),
		.pfn = cpu_to_le32(e->pfn),
		.gfp = cpu_to_le32(e->gfp),
		.seq = cpu_to_le32(e->seq),
		.kind = e->kind,
		.order = e->order,
		.type = e->type,
		.more = e->more,
		.cpu = cpu_to_le16(cpu),
	};

	put(r, &with);
}

/**
 * sbd_recording_sample() - keep what was seen of the host's free blocks
 * @r:	     started, or zero: then nothing is done
 * @time:    when
 * @nr_free: by order
 *
 * All orders of it, or none.  Context: any; one caller.
 */
void sbd_recording_sample(struct sbd_recording *r, u64 time,
			  const unsigned long *nr_free)
{
	struct sbd_record with = { .time = cpu_to_le64(time), .kind = SBD_RECORD_SAMPLE };

	r->full |= r->buf && r->size - r->len < SBD_NR_ORDERS * sizeof(with);
	for (with.order = 0; with.order < SBD_NR_ORDERS; with.order++) {
		with.pfn = cpu_to_le32(nr_free[with.order]);
		put(r, &with);
	}
}

/**
 * sbd_recording_seal() - make a file's head agree with what follows it
 * @buf: a head, with @body set, and all that follows
 * @len: of the whole
 */
void sbd_recording_seal(void *buf, size_t len)
{
	struct sbd_recording_head *h = buf;

	memcpy(h->magic, magic, sizeof(magic));
	h->version = cpu_to_le32(VERSION);
	h->bytes = cpu_to_le64(len);
	h->records = cpu_to_le64((len - le64_to_cpu(h->body)) / sizeof(struct sbd_record));
	h->crc = cpu_to_le32(crc_of(buf, len));
}

/**
 * sbd_recording_end() - the recording is whole
 * @r:	  started, or zero; may have ended before
 * @lost: events that were lost meanwhile
 *
 * Also where the mirrors begin anew with another snapshot, which a recording cannot
 * tell.  Context: process.
 */
void sbd_recording_end(struct sbd_recording *r, u64 lost)
{
	struct sbd_recording_head *h = (struct sbd_recording_head *)r->buf;

	if (!h || r->ended)
		return;
	r->ended = true;
	h->body = cpu_to_le64(r->body);
	h->lost = cpu_to_le64(lost);
	h->left = cpu_to_le64(r->left);
	sbd_recording_seal(r->buf, r->len);
}

/**
 * sbd_recording_free() - give back what a recording has
 * @r: started, or zero
 */
void sbd_recording_free(struct sbd_recording *r)
{
	vfree(r->buf);
	memset(r, 0, sizeof(*r));
}

/**
 * sbd_recording_show() - how much there is
 * @r: started, or zero: then nothing is printed
 * @t: appended to
 *
 * Context: process.
 */
void sbd_recording_show(const struct sbd_recording *r, struct sbd_text *t)
{
	if (!r->buf)
		return;
	sbd_text_printf(t, "recorded: %llu\nrecording_bytes: %zu\nrecording_room: %zu\n",
			r->nr, r->len, r->size - r->len);
	sbd_text_printf(t, "recording_full: %s\nnot_recorded: %llu\n",
			r->full ? "yes" : "no", r->left);
}

/* ---- reading one -------------------------------------------------------------------- */

static int refuse(struct sbd_error *err, const char *what)
{
	return sbd_error(err, -EINVAL, "", "%s", what);
}

/* What can be said of the whole before all of it is there. */
static int head_ok(const struct sbd_recording_head *h, struct sbd_error *err)
{
	if (memcmp(h->magic, magic, sizeof(magic)))
		return refuse(err, "not a recording");
	if (le32_to_cpu(h->version) != VERSION)
		return sbd_error(err, -EINVAL, "", "of format %u, and %u is known",
				 le32_to_cpu(h->version), VERSION);
	if (le64_to_cpu(h->bytes) < sizeof(*h) ||
	    le64_to_cpu(h->bytes) > (u64)SBD_RECORDING_MB_MAX << 20)
		return sbd_error(err, -E2BIG, "", "a length of %llu bytes cannot be",
				 le64_to_cpu(h->bytes));
	return 0;
}

static int length_ok(const struct sbd_recording_head *h, size_t len, struct sbd_error *err)
{
	u64 bytes = le64_to_cpu(h->bytes);

	if (len != bytes)
		return sbd_error(err, -EINVAL, "", "%zu bytes of %llu", len, bytes);
	if (crc_of(h, len) != le32_to_cpu(h->crc))
		return refuse(err, "damaged: its checksum is another");
	if (le64_to_cpu(h->body) > bytes ||
	    (bytes - le64_to_cpu(h->body)) % sizeof(struct sbd_record) ||
	    (bytes - le64_to_cpu(h->body)) / sizeof(struct sbd_record) !=
		    le64_to_cpu(h->records))
		return refuse(err, "its length and the number of its records disagree");
	return 0;
}

static bool record_ok(const struct sbd_record *rec, int nr_cpus)
{
	return (rec->kind < SBD_NR_EVENT_KINDS || rec->kind == SBD_RECORD_SAMPLE) &&
	       rec->order <= SBD_MAX_ORDER && le16_to_cpu(rec->cpu) < nr_cpus;
}

static const struct sbd_record *record_at(const struct sbd_recorded *r, u64 i)
{
	return (const struct sbd_record *)r->records + i;
}

static int records_ok(const struct sbd_recorded *r, struct sbd_error *err)
{
	u64 i;

	for (i = 0; i < r->nr; i++) {
		if (!record_ok(record_at(r, i), r->snap.nr_cpus))
			return sbd_error(err, -EINVAL, "", "record %llu makes no sense", i);
		if (!(i % LOOK_EVERY))
			cond_resched();
	}
	return 0;
}

static int read_body(struct sbd_recorded *r, const struct sbd_recording_head *h,
		     struct sbd_error *err)
{
	struct sbd_wire w = {
		.buf = (u8 *)h,
		.len = le64_to_cpu(h->body),
		.at = sizeof(*h),
		.reading = true,
	};

	body(&w, r, &r->snap);
	sbd_wire_must(&w, w.at == w.len, "what is before the records");
	if (w.wrong && w.err == -ENOMEM)
		return sbd_error(err, w.err, "", "no memory to read it");
	return w.wrong ? sbd_error(err, w.err, "", "wrong at %zu: %s", w.at, w.wrong) : 0;
}

/**
 * sbd_recorded_open() - read a recording
 * @r:	 filled; refers to @buf
 * @buf: all of it
 * @len: of @buf
 * @err: filled on error
 *
 * Anything may be in @buf: what is not a whole and sound recording is refused.
 * Context: process, may sleep.
 * Return: 0; -EINVAL, -E2BIG, -ENOMEM, with nothing to give back.
 */
int sbd_recorded_open(struct sbd_recorded *r, const void *buf, size_t len,
		      struct sbd_error *err)
{
	const struct sbd_recording_head *h = buf;
	int e;

	memset(r, 0, sizeof(*r));
	if (len < sizeof(*h))
		return refuse(err, "too short for a recording");
	e = head_ok(h, err) ?: length_ok(h, len, err) ?: read_body(r, h, err);
	if (!e) {
		r->records = buf + le64_to_cpu(h->body);
		r->nr = le64_to_cpu(h->records);
		r->lost = le64_to_cpu(h->lost);
		r->left = le64_to_cpu(h->left);
		e = records_ok(r, err);
	}
	if (e)
		sbd_recorded_close(r);
	return e;
}

/**
 * sbd_recorded_close() - give back what was read
 * @r: opened, or failed to be
 */
void sbd_recorded_close(struct sbd_recorded *r)
{
	sbd_snap_destroy(&r->snap);
}

/* ---- serving it --------------------------------------------------------------------- */

/* Part of a look at the host; its last part comes with the highest order. */
static void on_sample(struct sbd_stream *s, const struct sbd_record *rec,
		      unsigned long *nr_free)
{
	nr_free[rec->order] = le32_to_cpu(rec->pfn);
	if (rec->order == SBD_MAX_ORDER)
		sbd_stream_sample(s, nr_free);
}

static void on_event(struct sbd_stream *s, const struct sbd_record *rec)
{
	const struct sbd_event e = {
		.time = le64_to_cpu(rec->time),
		.pfn = le32_to_cpu(rec->pfn),
		.gfp = le32_to_cpu(rec->gfp),
		.seq = le32_to_cpu(rec->seq),
		.kind = rec->kind,
		.order = rec->order,
		.type = rec->type,
		.more = rec->more,
	};

	sbd_stream_event(s, le16_to_cpu(rec->cpu), &e);
}

/**
 * sbd_recorded_serve() - serve mirrors what was recorded, as fast as they can
 * @r: opened
 * @s: created and loaded for its snapshot
 *
 * Context: process, may sleep.  Return: 0; -EINTR after a signal.
 */
int sbd_recorded_serve(const struct sbd_recorded *r, struct sbd_stream *s)
{
	unsigned long nr_free[SBD_NR_ORDERS] = { };
	const struct sbd_record *rec;
	u64 i;

	for (i = 0; i < r->nr; i++) {
		rec = record_at(r, i);
		if (rec->kind == SBD_RECORD_SAMPLE)
			on_sample(s, rec, nr_free);
		else
			on_event(s, rec);
		if (i % LOOK_EVERY)
			continue;
		if (signal_pending(current))
			return -EINTR;
		cond_resched();
	}
	return 0;
}

static int prepare(const struct sbd_recorded *r, struct sbd_stream *s,
		   const struct sbd_whatif *whatif, int nr_whatif, struct sbd_error *err)
{
	int e = sbd_stream_fits(sbd_snapfile_frames(&r->snap), nr_whatif + 1, err);

	if (e)
		return e;
	s->tun = r->tun;
	s->hooks = r->hooks;
	if (sbd_profile_parse(r->profile, &s->prof))
		return sbd_error(err, -EINVAL, r->profile, "a kernel that is not modelled");
	e = sbd_stream_create(s, &r->snap, whatif, nr_whatif);
	if (e)
		return sbd_error(err, e, "", e == -ENOMEM ? "no memory for the clones" :
				 "its zones cannot be cloned");
	sbd_stream_load(s, &r->snap);
	return 0;
}

static void show(const struct sbd_recorded *r, const struct sbd_stream *s,
		 struct sbd_text *out)
{
	sbd_text_printf(out, "recorded_on: %s\nprofile: %s\ncpus: %d\n", r->release,
			r->profile, r->snap.nr_cpus);
	sbd_text_printf(out, "events: %llu\ndropped: %llu\nnot_recorded: %llu\n",
			sbd_stream_events(s), r->lost, r->left);
	sbd_stream_show(s, out);
}

static int replay(const struct sbd_recorded *r, struct sbd_stream *s,
		  struct sbd_text *out, struct sbd_replayed *took)
{
	u64 start = ktime_get_ns();
	int e = sbd_recorded_serve(r, s);

	took->ns = ktime_get_ns() - start;
	took->records = r->nr;
	if (!e)
		show(r, s, out);
	return e;
}

/**
 * sbd_recording_replay() - what mirrors make of a recording
 * @buf:       all of it
 * @len:       of @buf
 * @whatif:    instances beside the baseline
 * @nr_whatif: how many, below SBD_STREAM_INSTANCES
 * @out:       the answer is appended; the same whenever, and wherever
 * @took:      filled
 * @err:       filled on error
 *
 * Context: process, may sleep.
 * Return: 0; -EINVAL, -E2BIG, -ENOMEM; -EINTR after a signal.
 */
int sbd_recording_replay(const void *buf, size_t len, const struct sbd_whatif *whatif,
			 int nr_whatif, struct sbd_text *out,
			 struct sbd_replayed *took, struct sbd_error *err)
{
	struct sbd_stream *s = kzalloc(sizeof(*s), GFP_KERNEL);
	struct sbd_recorded r;
	int e;

	if (!s)
		return sbd_error(err, -ENOMEM, "", "no memory");
	e = sbd_recorded_open(&r, buf, len, err);
	if (!e) {
		e = prepare(&r, s, whatif, nr_whatif, err) ?: replay(&r, s, out, took);
		sbd_stream_destroy(s);
		sbd_recorded_close(&r);
	}
	kfree(s);
	return e;
}

/* ---- in pieces ------------------------------------------------------------------------ */

static int upload_begin(struct sbd_upload *u, struct sbd_error *err)
{
	const struct sbd_recording_head *h = (const struct sbd_recording_head *)u->head;
	int e = head_ok(h, err);

	if (e)
		return e;
	u->size = le64_to_cpu(h->bytes);
	u->buf = vmalloc(u->size);
	if (!u->buf)
		return sbd_error(err, -ENOMEM, "", "no memory for %zu bytes", u->size);
	memcpy(u->buf, u->head, sizeof(u->head));
	return 0;
}

/**
 * sbd_upload_add() - the next piece
 * @u:	   zero at first
 * @bytes: of the recording
 * @n:	   how many
 * @err:   filled on error
 *
 * What cannot become a recording is refused as soon as that is seen.
 * Context: process, may sleep.
 * Return: 0, and @u->buf is whole if @u->len is @u->size; -EINVAL, -E2BIG, -ENOMEM.
 */
int sbd_upload_add(struct sbd_upload *u, const void *bytes, size_t n,
		   struct sbd_error *err)
{
	size_t part = 0;
	int e;

	if (!u->buf) {
		part = min(n, sizeof(u->head) - u->len);
		memcpy(u->head + u->len, bytes, part);
		u->len += part;
		if (u->len < sizeof(u->head))
			return 0;
		e = upload_begin(u, err);
		if (e)
			return e;
	}
	if (n - part > u->size - u->len)
		return refuse(err, "longer than it says itself");
	memcpy(u->buf + u->len, bytes + part, n - part);
	u->len += n - part;
	return 0;
}

/**
 * sbd_upload_free() - give back what came
 * @u: whole or not
 */
void sbd_upload_free(struct sbd_upload *u)
{
	vfree(u->buf);
	memset(u, 0, sizeof(*u));
}
