/* SPDX-License-Identifier: GPL-2.0 */
/* What happens when the first walk over the zones finds nothing. */
#ifndef SBD_SLOWPATH_H
#define SBD_SLOWPATH_H

#include "zonelist.h"

unsigned int sbd_slow_flags(const struct sbd_request *rq);
struct sbd_frame *sbd_slowpath(struct sbd_request *rq);

#endif
