// SPDX-License-Identifier: GPL-2.0
/*
 * The host's requests by order and type: histogram triggers on kmem tracepoints, in
 * a tracefs instance of our own, so that nobody else's tracing is touched.
 *
 * Never on the module's tracepoints. A trigger does not keep a module from being
 * unloaded, but the kernel then finds the tracepoint still in use and warns
 * (kernel/tracepoint.c, seen on 6.12).
 *
 * The instance has to go however we end, SIGKILL included. A child waits for the end
 * of a pipe that only we hold open, and removes it.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <tracefs.h>
#include <unistd.h>

#include "top.h"

static struct {
	struct tracefs_instance *instance;
	int pipe;
	pid_t keeper;
	char *why;
} hist = { .pipe = -1 };

static const struct {
	const char *event;
	const char *trigger;
} triggers[] = {
	{ "mm_page_alloc", "hist:keys=order,migratetype" },
	{ "mm_page_free", "hist:keys=order" },
	{ "mm_page_alloc_extfrag",
	  "hist:keys=alloc_migratetype,fallback_migratetype,change_ownership" },
};

/* ---- the keeper -------------------------------------------------------------------- */

/* A reader of the instance's files may take a moment to leave. */
static void remove_folder(const char *path)
{
	const struct timespec moment = { .tv_nsec = 20 * 1000 * 1000 };
	int tries;

	for (tries = 0; tries < 100; tries++) {
		if (!rmdir(path) || errno != EBUSY)
			return;
		nanosleep(&moment, NULL);
	}
}

static void keep(const char *path, int end)
{
	int null = open("/dev/null", O_RDWR);
	ssize_t n;
	char c;

	setsid();
	signal(SIGINT, SIG_IGN);
	signal(SIGTERM, SIG_IGN);
	signal(SIGHUP, SIG_IGN);
	dup2(null, STDIN_FILENO);
	dup2(null, STDOUT_FILENO);
	dup2(null, STDERR_FILENO);
	do {
		n = read(end, &c, 1);
	} while (n > 0 || (n < 0 && errno == EINTR));
	remove_folder(path);
	_exit(0);
}

static bool start_keeper(const char *path)
{
	int ends[2];

	if (pipe2(ends, O_CLOEXEC))
		return false;
	fflush(NULL);
	hist.keeper = fork();
	if (!hist.keeper) {
		close(ends[1]);
		keep(path, ends[0]);
	}
	close(ends[0]);
	hist.pipe = ends[1];
	return hist.keeper > 0;
}

/* ---- begin and end ----------------------------------------------------------------- */

static void refuse(char *why)
{
	free(hist.why);
	hist.why = why;
	if (hist.instance)
		tracefs_instance_free(hist.instance);
	hist.instance = NULL;
}

static bool set_triggers(void)
{
	size_t i;

	for (i = 0; i < sizeof(triggers) / sizeof(*triggers); i++)
		if (tracefs_event_file_write(hist.instance, "kmem", triggers[i].event,
					     "trigger", triggers[i].trigger) < 0)
			return false;
	return true;
}

/* The instance and what it counts; without it top has totals only, and says so. */
void top_hist_open(void)
{
	const char *dir;
	char name[32], *path;

	if (strcmp(env.proc, "/proc")) {
		refuse(sb_strdup("no tracepoints of another machine"));
		return;
	}
	dir = tracefs_tracing_dir();
	if (!dir || access(dir, W_OK)) {
		refuse(sb_strdup("no tracefs: sudo mount -t tracefs tracefs /sys/kernel/tracing"));
		return;
	}
	snprintf(name, sizeof(name), "shadowbuddy-top-%d", (int)getpid());
	path = sb_printf("%s/instances/%s", dir, name);
	if (start_keeper(path))
		hist.instance = tracefs_instance_create(name);
	free(path);
	if (!hist.instance) {
		refuse(sb_printf("no tracefs instance: %s", strerror(errno)));
		return;
	}
	/*
	 * Nothing is ever traced in it, so it needs neither a buffer nor the names of
	 * processes, for which the kernel would hook every context switch.
	 */
	tracefs_instance_file_write(hist.instance, "buffer_size_kb", "4");
	tracefs_instance_file_write(hist.instance, "options/record-cmd", "0");
	if (!set_triggers())
		refuse(sb_strdup("the kernel has no CONFIG_HIST_TRIGGERS"));
}

void top_hist_close(void)
{
	if (hist.instance)
		tracefs_instance_free(hist.instance);
	hist.instance = NULL;
	if (hist.pipe >= 0)
		close(hist.pipe);
	hist.pipe = -1;
	if (hist.keeper > 0)
		while (waitpid(hist.keeper, NULL, 0) < 0 && errno == EINTR)
			;
	hist.keeper = 0;
	free(hist.why);
	hist.why = NULL;
}

/* ---- reading ----------------------------------------------------------------------- */

static void add_alloc(struct top_side *s, const char *line)
{
	unsigned long long hits;
	unsigned int order;
	long long type;

	if (sscanf(line, "{ order: %u, migratetype: %lld } hitcount: %llu", &order,
		   &type, &hits) != 3 || order >= SB_ORDERS)
		return;
	if (type < 0 || type >= TOP_TYPES)
		type = TOP_TYPES - 1;
	s->count[TOP_ALLOC + order] += hits;
	s->count[TOP_TYPE + order * TOP_TYPES + type] += hits;
}

static void add_free(struct top_side *s, const char *line)
{
	unsigned long long hits;
	unsigned int order;

	if (sscanf(line, "{ order: %u } hitcount: %llu", &order, &hits) == 2 &&
	    order < SB_ORDERS)
		s->count[TOP_FREE + order] += hits;
}

static void add_fallback(struct top_side *s, const char *line)
{
	unsigned int wanted, from, claimed;
	unsigned long long hits;

	if (sscanf(line, "{ alloc_migratetype: %u, fallback_migratetype: %u, change_ownership: %u } hitcount: %llu",
		   &wanted, &from, &claimed, &hits) != 4)
		return;
	s->count[TOP_FALLBACK] += hits;
	s->count[claimed ? TOP_CLAIM : TOP_STEAL] += hits;
	if (wanted < TOP_PAIRS && from < TOP_PAIRS)
		s->count[TOP_PAIR + wanted * TOP_PAIRS + from] += hits;
}

static bool read_event(struct top_side *s, const char *event,
		       void (*add)(struct top_side *s, const char *line))
{
	char *text = tracefs_event_file_read(hist.instance, "kmem", event, "hist", NULL);
	char *rest = text, *line;

	while ((line = sb_line(&rest)))
		add(s, line);
	free(text);
	return text;
}

/* Counts since top began; if there are none, why. */
void top_hist_read(struct top_side *live)
{
	bool good = hist.instance && read_event(live, "mm_page_alloc", add_alloc) &&
		    read_event(live, "mm_page_free", add_free) &&
		    read_event(live, "mm_page_alloc_extfrag", add_fallback);

	live->by_order = good;
	live->by_type = good;
	if (!good && !live->why)
		live->why = sb_printf("requests are not counted by order: %s",
				      hist.why ? hist.why : "the tracefs instance is gone");
}
