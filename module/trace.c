// SPDX-License-Identifier: GPL-2.0
/* The one file that creates the tracepoints of trace.h. */
#define CREATE_TRACE_POINTS
#include "trace.h"
