// SPDX-License-Identifier: GPL-2.0
/* Names of kernels, and what each is said to do. */
#include <linux/errno.h>
#include <linux/utsname.h>

#include "helpers.h"

static struct sbd_profile profile(struct kunit *test, const char *name)
{
	struct sbd_profile p;

	KUNIT_ASSERT_EQ_MSG(test, sbd_profile_parse(name, &p), 0, "%s", name);
	return p;
}

static void series_stands_for_its_newest(struct kunit *test)
{
	struct sbd_profile p = profile(test, "6.12"), q;

	KUNIT_EXPECT_STREQ(test, p.name, "6.12");
	KUNIT_EXPECT_EQ(test, p.major, 6);
	KUNIT_EXPECT_EQ(test, p.minor, 12);
	q = profile(test, "6.12.28");
	KUNIT_EXPECT_EQ(test, q.sublevel, 28);
	KUNIT_EXPECT_GT(test, p.sublevel, q.sublevel);
}

static void auto_is_the_kernel_that_runs(struct kunit *test)
{
	struct sbd_profile p = profile(test, "auto");
	unsigned int major, minor;
	int n;

	n = sscanf(init_utsname()->release, "%u.%u", &major, &minor);
	KUNIT_ASSERT_EQ(test, n, 2);
	KUNIT_EXPECT_EQ(test, p.major, major);
	KUNIT_EXPECT_EQ(test, p.minor, minor);
}

static void other_names_are_refused(struct kunit *test)
{
	static const char * const nonsense[] = {
		"", "6", "six", "6.", "6.1.", "6.12.28x", "6.12 ", "v6.12", "6.x",
	};
	static const char * const unknown[] = {
		"5.10", "6.2", "6.11", "6.13", "7.0", "6.1.118", "6.1.0",
	};
	struct sbd_profile p;
	int i;

	for (i = 0; i < ARRAY_SIZE(nonsense); i++)
		KUNIT_EXPECT_EQ_MSG(test, sbd_profile_parse(nonsense[i], &p),
				    -EINVAL, "'%s'", nonsense[i]);
	for (i = 0; i < ARRAY_SIZE(unknown); i++)
		KUNIT_EXPECT_EQ_MSG(test, sbd_profile_parse(unknown[i], &p),
				    -ENOENT, "'%s'", unknown[i]);
	KUNIT_EXPECT_NOT_NULL(test, strstr(sbd_profile_known(), "6.12"));
}

static void series_differ_where_known(struct kunit *test)
{
	struct sbd_profile old = profile(test, "6.1"), new = profile(test, "6.12");

	KUNIT_EXPECT_EQ(test, old.fallback, SBD_FALLBACK_MOVE);
	KUNIT_EXPECT_EQ(test, new.fallback, SBD_FALLBACK_CLAIM);
	KUNIT_EXPECT_FALSE(test, old.type_hygiene);
	KUNIT_EXPECT_TRUE(test, new.type_hygiene);
	KUNIT_EXPECT_FALSE(test, old.pcp_autotune);
	KUNIT_EXPECT_TRUE(test, new.pcp_autotune);
	KUNIT_EXPECT_TRUE(test, old.boost_wakes_always);
	KUNIT_EXPECT_FALSE(test, new.boost_wakes_always);
	KUNIT_EXPECT_TRUE(test, old.cma_skips_pcp);
	KUNIT_EXPECT_FALSE(test, new.cma_skips_pcp);
}

static void rules_change_at_their_sublevel(struct kunit *test)
{
	KUNIT_EXPECT_EQ(test, profile(test, "6.12.28").fallback,
			SBD_FALLBACK_TAKE);
	KUNIT_EXPECT_EQ(test, profile(test, "6.12.29").fallback,
			SBD_FALLBACK_CLAIM);
	KUNIT_EXPECT_FALSE(test, profile(test, "6.12.56").highatomic_needs_high);
	KUNIT_EXPECT_TRUE(test, profile(test, "6.12.57").highatomic_needs_high);
	KUNIT_EXPECT_FALSE(test, profile(test, "6.1.157").highatomic_needs_high);
	KUNIT_EXPECT_TRUE(test, profile(test, "6.1.158").highatomic_needs_high);
	KUNIT_EXPECT_FALSE(test, profile(test, "6.12.68").merge_rewrites_all);
	KUNIT_EXPECT_TRUE(test, profile(test, "6.12.69").merge_rewrites_all);
	KUNIT_EXPECT_FALSE(test, profile(test, "6.12.68").decay_batched);
	KUNIT_EXPECT_TRUE(test, profile(test, "6.12.69").decay_batched);
}

static struct kunit_case profile_cases[] = {
	KUNIT_CASE(series_stands_for_its_newest),
	KUNIT_CASE(auto_is_the_kernel_that_runs),
	KUNIT_CASE(other_names_are_refused),
	KUNIT_CASE(series_differ_where_known),
	KUNIT_CASE(rules_change_at_their_sublevel),
	{}
};

static struct kunit_suite profile_suite = {
	.name = "shadowbuddy_profile",
	.test_cases = profile_cases,
};

kunit_test_suite(profile_suite);
