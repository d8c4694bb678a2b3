// SPDX-License-Identifier: GPL-2.0
/* Keys, errors and the log of refusals. */
#include <kunit/test.h>
#include <linux/errno.h>
#include <linux/string.h>

#include "errlog.h"
#include "experiment.h"

static const char * const animals[] = { "cat", "dog", NULL };

struct words {
	unsigned int count;
	unsigned int animal;
	u64 big;
	unsigned int list[3];
	const char *text;
};

static const struct sbd_key keys[] = {
	{
		.name = "count",
		.kind = SBD_KEY_UINT,
		.offset = offsetof(struct words, count),
		.min = 2,
		.max = 10,
	},
	{
		.name = "animal",
		.kind = SBD_KEY_NAME,
		.offset = offsetof(struct words, animal),
		.names = animals,
	},
	{
		.name = "big",
		.kind = SBD_KEY_U64,
		.offset = offsetof(struct words, big),
		.max = U64_MAX,
	},
	{
		.name = "list",
		.kind = SBD_KEY_LIST,
		.offset = offsetof(struct words, list),
		.max = 100,
		.list_len = 3,
	},
	{
		.name = "text",
		.kind = SBD_KEY_TEXT,
		.offset = offsetof(struct words, text),
	},
	{}
};

static int parse(const char *text, struct words *w, struct sbd_error *err)
{
	static char args[128];

	strscpy(args, text, sizeof(args));
	return sbd_keys_parse(keys, args, w, err);
}

static void words_are_read(struct kunit *test)
{
	struct words w = { .count = 5 };
	struct sbd_error err = { };

	KUNIT_EXPECT_EQ(test, parse("", &w, &err), 0);
	KUNIT_EXPECT_EQ(test, w.count, 5U);
	KUNIT_EXPECT_EQ(test, parse(" count=2\tanimal=dog\n big=0xffffffffffffffff text=a=b\n",
				    &w, &err), 0);
	KUNIT_EXPECT_EQ(test, w.count, 2U);
	KUNIT_EXPECT_EQ(test, w.animal, 1U);
	KUNIT_EXPECT_EQ(test, w.big, U64_MAX);
	KUNIT_EXPECT_STREQ(test, w.text, "a=b");
	KUNIT_EXPECT_EQ(test, parse("list=0,50,100", &w, &err), 0);
	KUNIT_EXPECT_EQ(test, w.list[1], 50U);
	KUNIT_EXPECT_EQ(test, w.list[2], 100U);
}

static void a_bad_word_changes_nothing(struct kunit *test)
{
	static const struct {
		const char *text;
		int err;
		const char *word;
	} bad[] = {
		{ "count=3 colour=red", -EINVAL, "colour" },
		{ "count=3 count=4", -EINVAL, "count" },
		{ "count=3 big", -EINVAL, "big" },
		{ "count=3 big=", -EINVAL, "big=" },
		{ "count=3 =4", -EINVAL, "=4" },
		{ "count=3 big=1x", -EINVAL, "1x" },
		{ "count=3 big=-1", -EINVAL, "-1" },
		{ "count=3 big=18446744073709551616", -ERANGE,
		  "18446744073709551616" },
		{ "count=1", -ERANGE, "1" },
		{ "count=11", -ERANGE, "11" },
		{ "count=3 animal=cow", -EINVAL, "cow" },
		{ "count=3 list=1,2", -EINVAL, "list" },
		{ "count=3 list=1,2,3,4", -EINVAL, "list" },
		{ "count=3 list=1,,3", -EINVAL, "" },
		{ "count=3 list=1,2,101", -ERANGE, "101" },
	};
	struct words w = { .count = 7 };
	struct sbd_error err;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(bad); i++) {
		KUNIT_EXPECT_EQ_MSG(test, parse(bad[i].text, &w, &err),
				    bad[i].err, "%s", bad[i].text);
		KUNIT_EXPECT_STREQ(test, err.word, bad[i].word);
		KUNIT_EXPECT_GT(test, strlen(err.why), (size_t)0);
		KUNIT_EXPECT_EQ(test, w.count, 7U);
	}
}

static void a_long_word_is_cut(struct kunit *test)
{
	struct sbd_error err;
	struct words w = { };
	char text[101];

	memset(text, 'x', 100);
	text[100] = '\0';
	KUNIT_EXPECT_EQ(test, parse(text, &w, &err), -EINVAL);
	KUNIT_EXPECT_EQ(test, strlen(err.word), sizeof(err.word) - 1);
}

/* How often @word is in @text. */
static int occurrences(const char *text, const char *word)
{
	int n = 0;

	while ((text = strstr(text, word))) {
		text += strlen(word);
		n++;
	}
	return n;
}

static void the_last_refusals_are_kept(struct kunit *test)
{
	struct sbd_text out = { };
	struct sbd_error err;
	char word[8];
	int i;

	for (i = 0; i < 20; i++) {
		snprintf(word, sizeof(word), "w%02d", i);
		sbd_errlog_add("some/file", "text", 4, &err,
			       sbd_error(&err, -EINVAL, word, "number %d", i));
	}
	sbd_errlog_show(&out);
	KUNIT_ASSERT_NOT_NULL(test, out.buf);
	KUNIT_EXPECT_EQ(test, occurrences(out.buf, "\n"), 16);
	KUNIT_EXPECT_NULL(test, strstr(out.buf, "w03"));
	KUNIT_EXPECT_NOT_NULL(test, strstr(out.buf, "] some/file: EINVAL word=\"w04\""));
	KUNIT_EXPECT_NOT_NULL(test, strstr(out.buf, " why=\"number 4\" bytes=4 text=\"text\"\n"));
	KUNIT_EXPECT_TRUE(test, strstr(out.buf, "w04") < strstr(out.buf, "w19"));
	sbd_text_free(&out);
}

static void any_bytes_can_be_logged(struct kunit *test)
{
	static const char bytes[] = "a\"b\\c\n\t\0\x01\xff";
	struct sbd_text out = { };
	char big[300];

	sbd_errlog_add("f", bytes, sizeof(bytes) - 1, NULL, -EBUSY);
	memset(big, 'z', sizeof(big));
	sbd_errlog_add("f", big, sizeof(big), NULL, -4095);
	sbd_errlog_show(&out);
	KUNIT_ASSERT_NOT_NULL(test, out.buf);
	KUNIT_EXPECT_NOT_NULL(test, strstr(out.buf, "f: EBUSY word=\"\" why=\"\" bytes=10"));
	KUNIT_EXPECT_NOT_NULL(test, strstr(out.buf, "=\"a\\x22b\\x5cc\\n\\t\\x00\\x01\\xff\"\n"));
	KUNIT_EXPECT_NOT_NULL(test, strstr(out.buf, "f: errno 4095 "));
	KUNIT_EXPECT_NOT_NULL(test, strstr(out.buf, " bytes=300 "));
	sbd_text_free(&out);
}

static void a_text_grows(struct kunit *test)
{
	struct sbd_text t = { };
	int i;

	for (i = 0; i < 5000; i++)
		sbd_text_printf(&t, "%04d\n", i);
	KUNIT_ASSERT_EQ(test, t.error, 0);
	KUNIT_EXPECT_EQ(test, t.len, (size_t)25000);
	KUNIT_EXPECT_EQ(test, strlen(t.buf), t.len);
	for (i = 0; i < 5000; i += 777) {
		char want[8];

		snprintf(want, sizeof(want), "%04d\n", i);
		KUNIT_EXPECT_EQ(test, memcmp(t.buf + 5 * i, want, 5), 0);
	}
	sbd_text_free(&t);
	KUNIT_EXPECT_NULL(test, t.buf);
}

static struct kunit_case experiment_cases[] = {
	KUNIT_CASE(words_are_read),
	KUNIT_CASE(a_bad_word_changes_nothing),
	KUNIT_CASE(a_long_word_is_cut),
	KUNIT_CASE(the_last_refusals_are_kept),
	KUNIT_CASE(any_bytes_can_be_logged),
	KUNIT_CASE(a_text_grows),
	{}
};

static struct kunit_suite experiment_suite = {
	.name = "shadowbuddy_experiment",
	.test_cases = experiment_cases,
};

kunit_test_suite(experiment_suite);
