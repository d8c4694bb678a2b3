/* SPDX-License-Identifier: GPL-2.0 */
/* When nothing helps: whether somebody has to go. */
#ifndef SBD_OOM_H
#define SBD_OOM_H

#include "zonelist.h"

enum sbd_oom_result {
	SBD_OOM_GOT,	/* there was a block after all */
	SBD_OOM_KILLED,	/* memory will become free */
	SBD_OOM_BUSY,	/* somebody else decides at this moment */
	SBD_OOM_NO,	/* not for such a request, or there is nobody to kill */
};

enum sbd_oom_result sbd_oom(struct sbd_request *rq, struct sbd_frame **f);

#endif
