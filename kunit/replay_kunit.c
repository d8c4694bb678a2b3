// SPDX-License-Identifier: GPL-2.0
/*
 * A script recorded on a real machine, served here: the answers have to be those
 * that the module gave in a testbox, on another kernel with another geometry.
 *
 * recorded.inc is made by scripts/kunit from tools/golden/record, whose README says
 * where the script and the answers come from.
 */
#include <kunit/test.h>
#include <linux/mutex.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "helpers.h"
#include "recorded.inc"
#include "replay.h"
#include "shadow.h"

#define ZONE_PAGES	(2 * SBD_CELL_PAGES)	/* 8 MiB */

/* What arena_mb=16 zones=DMA32:8,NORMAL makes of two CPUs on a Debian kernel. */
static void plan_testbox(struct kunit *test, struct sbd_plan *plan)
{
	/* No script names this profile: it is served under another then. */
	sbd_test_plan(test, plan, "6.12.28");
	plan->geo.thp = true;
	plan->geo.zones |= BIT(SBD_ZONE_DEVICE);
	plan->nr_cpus = 2;
	plan->nr_online = 2;
	plan->nr_zones = 2;
	plan->zones[0].type = SBD_ZONE_DMA32;
	plan->zones[0].pages = ZONE_PAGES;
	plan->zones[1] = (struct sbd_zone_plan) {
		.type = SBD_ZONE_NORMAL,
		.start_pfn = SBD_TEST_PFN + ZONE_PAGES,
		.pages = ZONE_PAGES,
	};
}

static struct sbd_shadow *make_shadow(struct kunit *test)
{
	struct sbd_shadow *s = kunit_kzalloc(test, sizeof(*s), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, s);
	s->plan = kunit_kzalloc(test, sizeof(*s->plan), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, s->plan);
	plan_testbox(test, s->plan);
	s->arena.base_pfn = SBD_TEST_PFN;
	s->arena.pages = 2 * ZONE_PAGES;
	s->sys = sbd_test_create(test, s->plan);
	mutex_init(&s->use);
	return s;
}

/* The line in which two texts begin to differ: of the first, for the log. */
static void tell_difference(struct kunit *test, const char *got, const char *want)
{
	const char *line = got;
	int nr = 1;

	while (*got && *got == *want) {
		if (*got == '\n') {
			line = got + 1;
			nr++;
		}
		got++;
		want++;
	}
	kunit_err(test, "line %d: \"%.*s\"\n", nr, (int)strcspn(line, "\n"), line);
}

static void hold_against(struct kunit *test, const char *profile, const char *want)
{
	struct sbd_error err = { };
	char args[32];
	int ret;

	snprintf(args, sizeof(args), "profile=%s", profile);
	ret = sbd_experiment_run(&sbd_replay, args, &err);
	KUNIT_ASSERT_EQ_MSG(test, ret, 0, "%s: %s", err.word, err.why);
	if (strcmp(sbd_replay.result.buf, want)) {
		tell_difference(test, sbd_replay.result.buf, want);
		KUNIT_FAIL(test, "not the answers of the testbox");
	}
}

static void recording_is_answered_as_in_the_testbox(struct kunit *test)
{
	hold_against(test, "6.12", recorded_6_12);
	hold_against(test, "6.1", recorded_6_1);
	/* and once more: nothing stays from a run before */
	hold_against(test, "6.12", recorded_6_12);
}

static void answers_depend_on_the_rules(struct kunit *test)
{
	KUNIT_EXPECT_STRNEQ(test, recorded_6_12, recorded_6_1);
}

static int replay_init(struct kunit *test)
{
	struct sbd_error err = { };
	int ret;

	sbd_experiment_init(&sbd_replay, make_shadow(test));
	ret = sbd_replay_set_script(recorded_script, strlen(recorded_script), &err);
	if (ret)
		kunit_err(test, "the script: %s: %s\n", err.word, err.why);
	return ret;
}

static void replay_exit(struct kunit *test)
{
	sbd_replay_free_script();
	sbd_experiment_exit(&sbd_replay);
}

static struct kunit_case cases[] = {
	KUNIT_CASE(recording_is_answered_as_in_the_testbox),
	KUNIT_CASE(answers_depend_on_the_rules),
	{}
};

static struct kunit_suite suite = {
	.name = "shadowbuddy_replay",
	.init = replay_init,
	.exit = replay_exit,
	.test_cases = cases,
};

kunit_test_suite(suite);
