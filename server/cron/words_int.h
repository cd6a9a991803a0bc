#pragma once

extern const char *const cron_month_names[]; /* 0: January */
/* Before the i-th of n things that are listed: nothing, ", " or " and ". */
const char *cron_joint(int i, int n);
