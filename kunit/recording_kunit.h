/* SPDX-License-Identifier: GPL-2.0 */
/* What is built into recording_kunit.o: see there. */
#ifndef SBD_RECORDING_KUNIT_H
#define SBD_RECORDING_KUNIT_H

#include <linux/types.h>

extern const u8 golden[];	/* a recording */
extern const u8 golden_end[];	/* where it ends */
extern const char live[];	/* what was answered when it was made */

#endif
