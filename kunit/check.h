/* SPDX-License-Identifier: GPL-2.0 */
/* What must be true of a zone after every operation. */
#ifndef SBD_KUNIT_CHECK_H
#define SBD_KUNIT_CHECK_H

#include <kunit/test.h>

#include "sbd.h"

const char *sbd_check_zone(struct kunit *test, struct sbd_zone *z);
void sbd_check_system(struct kunit *test, struct sbd_system *sys,
		      const char *after);

#endif
