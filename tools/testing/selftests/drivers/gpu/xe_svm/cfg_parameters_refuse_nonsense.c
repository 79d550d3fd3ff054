// SPDX-License-Identifier: GPL-2.0
/*
 * Rule: a parameter of the mirror accepts the powers of two of its range; any
 * other value that root writes is refused with EINVAL and changes nothing.
 *
 * Desktop: may disturb it, sets the parameters of the driver
 */
#include "kselftest_harness.h"
#include "lib/mirror_fixture.h"

FIXTURE(parameter)
{
	char before[32];
};

FIXTURE_VARIANT(parameter)
{
	const char *name;
	const char *usual;	/* the default */
	const char *good[3];	/* two ends, and one between */
	const char *bad[4];	/* just outside, and no power of two inside */
};

FIXTURE_VARIANT_ADD(parameter, readahead_pages)
{
	.name = "svm_readahead_pages", .usual = "512",
	.good = { "1", "32", "512" },
	.bad = { "0", "1024", "3", "511" },
};

FIXTURE_VARIANT_ADD(parameter, fault_around_pages)
{
	.name = "svm_fault_around_pages", .usual = "512",
	.good = { "16", "64", "512" },
	.bad = { "8", "1024", "17", "0" },
};

FIXTURE_VARIANT_ADD(parameter, notifier_size)
{
	.name = "svm_notifier_size", .usual = "512",
	.good = { "2", "64", "65536" },
	.bad = { "1", "131072", "3", "65535" },
};

static const char * const nonsense[] = { "-1", "x", "4x", "4 4", "0.5", " ", "99999999999" };

FIXTURE_SETUP(parameter)
{
	struct gpu gpu;

	mirror_open(_metadata, &gpu);
	if (_metadata->exit_code)
		return;
	gpu_close(&gpu);
	ASSERT_EQ(0, xe_parameter_get(variant->name, self->before, sizeof(self->before)));
}

FIXTURE_TEARDOWN(parameter)
{
	EXPECT_EQ(0, xe_parameter_set(variant->name, self->before));
}

static void refused(struct __test_metadata *_metadata, const char *name, const char *word)
{
	char value[32];

	EXPECT_EQ(-EINVAL, xe_parameter_set(name, word))
		TH_LOG("%s = '%s'", name, word);
	ASSERT_EQ(0, xe_parameter_get(name, value, sizeof(value)));
	EXPECT_STREQ("32", value)
		TH_LOG("after %s = '%s'", name, word);
}

TEST_F(parameter, has_its_default)
{
	EXPECT_STREQ(variant->usual, self->before);
}

TEST_F(parameter, takes_powers_of_two)
{
	char value[32];
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(variant->good); i++) {
		EXPECT_EQ(0, xe_parameter_set(variant->name, variant->good[i]));
		ASSERT_EQ(0, xe_parameter_get(variant->name, value, sizeof(value)));
		EXPECT_STREQ(variant->good[i], value);
	}
}

TEST_F(parameter, err_anything_else)
{
	unsigned int i;

	ASSERT_EQ(0, xe_parameter_set(variant->name, "32"));
	for (i = 0; i < ARRAY_SIZE(variant->bad); i++)
		refused(_metadata, variant->name, variant->bad[i]);
	for (i = 0; i < ARRAY_SIZE(nonsense); i++)
		refused(_metadata, variant->name, nonsense[i]);
}

TEST(switches_are_set_at_boot_only)
{
	char value[32];
	struct gpu gpu;

	mirror_open(_metadata, &gpu);
	if (_metadata->exit_code)
		return;
	EXPECT_EQ(-EACCES, xe_parameter_set("svm", "0"));
	ASSERT_EQ(0, xe_parameter_get("svm", value, sizeof(value)));
	EXPECT_STREQ("Y", value);
	EXPECT_EQ(-EACCES, xe_parameter_set("svm_offset", "1"));
	ASSERT_EQ(0, xe_parameter_get("svm_offset", value, sizeof(value)));
	EXPECT_STREQ("N", value);
	gpu_close(&gpu);
}

TEST_HARNESS_MAIN
