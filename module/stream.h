/* SPDX-License-Identifier: GPL-2.0 */
/* What a host did, event by event, and the mirrors that it is served to. */
#ifndef SBD_STREAM_H
#define SBD_STREAM_H

#include "errlog.h"
#include "mirror.h"
#include "text.h"
#include "whatif.h"

#define SBD_STREAM_INSTANCES	5	/* the baseline, and what if */

/**
 * struct sbd_distance - how far an instance's free blocks are from the host's
 * @last:  share of free pages in blocks of another order, in hundredths of a percent
 * @worst: the greatest so far
 * @free:  free pages that it has more than the host, at the last look
 */
struct sbd_distance {
	u32 last;
	u32 worst;
	long free;
};

/**
 * struct sbd_instance - one mirror of the host
 * @set:   what is other than on the host; nothing for the baseline
 * @m:	   the mirror
 * @apart: from the host
 */
struct sbd_instance {
	struct sbd_whatif set;
	struct sbd_mirror m;
	struct sbd_distance apart;
};

struct sbd_seen;

/**
 * struct sbd_stream - a host's events on their way to the mirrors
 * @prof:    the host's behaviour
 * @tun:     the host's tunables
 * @hooks:   mask of hooks that the events come from, too; bit 0 is the first
 * @inst:    the instances; the first is the baseline
 * @nr:	     how many
 * @nr_cpus: length of @seen
 * @seen:    what was seen on each CPU since its last request
 * @seq:     by node and zone type: number of the last event under the zone's lock
 * @count:   events by enum sbd_event_kind
 * @refused: requests that the host refused
 * @refills: requests for which the host refilled a per-CPU list
 * @listed: requests of orders that per-CPU lists hold
 * @claims:  the host's fallbacks that claimed a pageblock
 * @inverted: events under a zone's lock that came before an earlier one
 * @samples: looks at the host's free blocks
 * @compared: states of the baseline that were held against a snapshot
 * @alike:   of these: the same, page for page
 * @diff:    where the last was not; @diff.what is NULL if it was
 * @nr_free: what was seen at the last: the host's free blocks by order
 *
 * One caller at a time; the recipient of all that a consumer takes from the rings,
 * or from a recording.
 */
struct sbd_stream {
	struct sbd_profile prof;
	struct sbd_tunables tun;
	unsigned int hooks;
	struct sbd_instance inst[SBD_STREAM_INSTANCES];
	int nr;
	int nr_cpus;
	struct sbd_seen *seen;
	u32 *seq;
	u64 count[SBD_NR_EVENT_KINDS];
	u64 refused;
	u64 refills;
	u64 listed;
	u64 claims;
	u64 inverted;
	u64 samples;
	u64 compared;
	u64 alike;
	struct sbd_diff diff;
	unsigned long nr_free[SBD_NR_ORDERS];
};

int sbd_stream_fits(u64 frames, int nr, struct sbd_error *err);
int sbd_stream_create(struct sbd_stream *s, const struct sbd_snap *snap,
		      const struct sbd_whatif *whatif, int nr_whatif);
void sbd_stream_load(struct sbd_stream *s, const struct sbd_snap *snap);
void sbd_stream_destroy(struct sbd_stream *s);
void sbd_stream_event(struct sbd_stream *s, int cpu, const struct sbd_event *e);
void sbd_stream_sample(struct sbd_stream *s, const unsigned long *nr_free);
u64 sbd_stream_events(const struct sbd_stream *s);
void sbd_stream_compare(struct sbd_stream *s, const struct sbd_snap *snap);
void sbd_stream_trace(const struct sbd_stream *s, u64 dropped);
void sbd_stream_show(const struct sbd_stream *s, struct sbd_text *t);

#endif
