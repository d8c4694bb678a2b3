// SPDX-License-Identifier: GPL-2.0
/* bench: time the same requests on both allocators. */
#include <stdlib.h>
#include <string.h>

#include "sb.h"

static const char doc[] =
	"Time the same requests on the kernel's allocator and on the shadow.\v"
	"Keys: workload (repeat bulk rand frag mixed fallback bulkapi) order threads "
	"allocs rounds churn seed mix engine timing slice locks touch level table. "
	"Of the shadow alone, with pages that move and are reclaimed: workload (pressure "
	"thp nodes frag) requests set kinds write policy swap keep compaction. "
	"shadowbuddy(4) describes them.\n\n"
	"EXAMPLES\n"
	"  sudo shadowbuddy bench\n"
	"  sudo shadowbuddy bench workload=frag level=1 threads=2\n"
	"  sudo shadowbuddy bench table=1\n"
	"  sudo shadowbuddy bench --json workload=rand >rand.json\n"
	"  sudo shadowbuddy bench workload=pressure threads=4 set=150";

/* The mean of the row of an engine that is about the whole workload. */
static double mean(struct json_object *rows, const char *engine)
{
	size_t i, n = json_object_array_length(rows);
	struct json_object *r;

	for (i = n; i; i--) {
		r = json_object_array_get_idx(rows, i - 1);
		if (!strcmp(sb_get(r, "engine"), engine))
			return atof(sb_get(r, "mean_ns"));
	}
	return 0;
}

static void print_latency(struct json_object *rows)
{
	static const char *const columns[] = {
		"engine", "workload", "order", "threads", "ops", "fail", "mean_ns",
		"p50_ns", "p90_ns", "p99_ns", "p999_ns", "max_ns", "cycles", NULL,
	};
	double live = mean(rows, "live"), shadow = mean(rows, "shadow");

	sb_print_table(rows, columns);
	if (live > 0 && shadow > 0)
		printf("\nshadow/live: %s%.2f%s\n", sb_paint("1"), shadow / live,
		       sb_paint("0"));
}

static void print_rows(struct json_object *o, const char *key, const char *const *columns)
{
	struct json_object *rows = sb_rows(o, key);

	if (!rows)
		return;
	putchar('\n');
	sb_print_table(rows, columns);
}

#define MOST_COLUMNS 32

/* A table whose columns depend on the machine: those of its first row. */
static void print_all(struct json_object *o, const char *key)
{
	struct json_object *rows = sb_rows(o, key);
	const char *columns[MOST_COLUMNS + 1];
	size_t n = 0;

	if (!rows || !json_object_array_length(rows))
		return;
	json_object_object_foreach(json_object_array_get_idx(rows, 0), name, v) {
		(void)v;
		if (n < MOST_COLUMNS)
			columns[n++] = name;
	}
	columns[n] = NULL;
	print_rows(o, key, columns);
}

static void print_text(struct json_object *o)
{
	static const char *const locks[] = {
		"lock", "taken", "timed", "contended", "wait_mean_ns", "wait_max_ns",
		"hold_mean_ns", "hold_max_ns", NULL,
	};
	static const char *const operations[] = {
		"operation", "ops", "live_ns", "shadow_ns", "ratio", "loop_ns",
		"live_fail", "shadow_fail", "live_fallbacks", "shadow_fallbacks", NULL,
	};
	static const char *const blocks[] = {
		"engine", "node", "zone", "what", "0", "1", "2", "3", "4", "5", "6",
		"7", "8", "9", "10", NULL,
	};
	struct json_object *t = sb_rows(o, "latency");

	sb_print_keys(o);
	if (t) {
		putchar('\n');
		print_latency(t);
	}
	print_rows(o, "operations", operations);
	print_all(o, "policies");
	print_all(o, "rounds");
	print_rows(o, "free_blocks", blocks);
	print_rows(o, "locks", locks);
}

enum status verb_bench(int argc, char **argv)
{
	struct json_object *o;
	enum status st = sb_run_words("bench", doc, argc, argv, &o);

	if (st)
		return st;
	if (!sb_rows(o, "latency") && !sb_rows(o, "operations") &&
	    !sb_member(o, "balance", json_type_string)) {
		json_object_put(o);
		return sb_fail(ST_CANNOT, "%s/bench/result is not a result of bench", env.dir);
	}
	if (env.json) {
		sb_print_json(o);
		return ST_DONE;
	}
	print_text(o);
	json_object_put(o);
	return ST_DONE;
}
